import { execFile } from "node:child_process";
import { createHmac } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { alias, digest, keyId, now, openHome } from "../../src/home/home.js";
import { isRemotePlace, stateDirectory } from "../../src/home/place.js";
import type { BatonError } from "../../src/record/error.js";
import { readFolder } from "../../src/segment/folder.js";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "baton-home-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function errorOf(run: () => unknown): BatonError | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return error as BatonError;
  }
}

describe("the state directory", () => {
  const choose = (platform: string, env: Record<string, string>, userHome = "/home/u", home?: string) =>
    stateDirectory({ home, env, platform, userHome });

  it("is where the platform keeps state, unless --home or BATON_HOME says otherwise", () => {
    expect(choose("linux", {})).toBe("/home/u/.local/state/baton");
    expect(choose("linux", { XDG_STATE_HOME: "/s" })).toBe("/s/baton");
    expect(choose("linux", { XDG_STATE_HOME: "relative" })).toBe("/home/u/.local/state/baton");
    expect(choose("darwin", { XDG_STATE_HOME: "/s" })).toBe("/home/u/Library/Application Support/baton");
    expect(choose("win32", { LOCALAPPDATA: "C:\\L" })).toBe("C:\\L\\baton");
    expect(choose("win32", {}, "C:\\Users\\u")).toBe("C:\\Users\\u\\AppData\\Local\\baton");
    expect(choose("linux", { BATON_HOME: "/b", XDG_STATE_HOME: "/s" })).toBe("/b");
    expect(choose("linux", { BATON_HOME: "/b" }, "/home/u", "/h")).toBe("/h");
    expect(choose("linux", {}, "")).toBeUndefined();
  });

  it("is made on demand and for its owner alone", () => {
    const home = openHome({ home: join(dir, "a", "b"), env: {} });
    expect(existsSync(join(dir, "a"))).toBe(false);
    home.create();
    home.key();
    if (process.platform === "win32") return;
    expect(statSync(home.dir).mode & 0o777).toBe(0o700);
    expect(statSync(home.segments).mode & 0o777).toBe(0o700);
    expect(statSync(join(home.dir, "install.key")).mode & 0o777).toBe(0o600);
  });

  it("is refused where a synchroniser or another machine would hold it", () => {
    const mounts = [
      "/dev/sda1 / ext4 rw 0 0",
      "server:/x /home/u/with\\040space nfs4 rw 0 0",
      "//server/share /media/share cifs rw 0 0",
      "/dev/sdb1 /media/share/disk ext4 rw 0 0",
      "C:\\134 /mnt/c 9p rw,aname=drvfs 0 0",
      "D:\\134 /mnt/d 9p rw 0 0",
      "rootfs /vm 9p rw,trans=virtio 0 0",
    ].join("\n");
    const remote = [
      "/home/u/OneDrive - Company/baton",
      "/home/u/Dropbox/baton",
      "/home/u/Dropbox (Personal)/baton",
      "/Users/u/Library/Mobile Documents/com~apple/baton",
      "/Users/u/Library/CloudStorage/x/baton",
      "\\\\server\\share\\baton",
      "C:\\Users\\u\\OneDrive\\baton",
      "/home/u/with space/baton",
      "/media/share/baton",
      "/mnt/c/Users/u/baton",
      "/mnt/d/baton",
    ];
    const local = [
      "/home/u/.local/state/baton",
      "/home/u/dropboxes/baton",
      "/media/share/disk/baton",
      "/vm/baton",
      "C:\\Users\\u\\AppData\\Local\\baton",
      "\\\\?\\C:\\baton",
      "/media/sharedisk/baton",
    ];
    for (const place of remote) expect([place, isRemotePlace(place, mounts)]).toEqual([place, true]);
    for (const place of local) expect([place, isRemotePlace(place, mounts)]).toEqual([place, false]);
  });

  it("may lie there when it is named and BATON_ALLOW_REMOTE is 1", () => {
    const home = join(dir, "Dropbox", "baton");
    expect(errorOf(() => openHome({ home, env: {} }).create())?.code).toBe("BTN-H02");
    expect(errorOf(() => openHome({ env: { BATON_HOME: home } }).create())?.code).toBe("BTN-H02");
    const unnamed = { XDG_STATE_HOME: join(dir, "Dropbox"), BATON_ALLOW_REMOTE: "1", HOME: join(dir, "Dropbox") };
    expect(errorOf(() => openHome({ env: unnamed }).create())?.code).toBe("BTN-H02");
    openHome({ env: { BATON_HOME: home, BATON_ALLOW_REMOTE: "1" } }).create();
    expect(existsSync(home)).toBe(true);
  });

  it("that is a file is named as what cannot be used, and not what would lie in it", () => {
    const home = openHome({ home: join(dir, "file"), env: {} });
    writeFileSync(home.dir, "");
    const asked = [home.create, home.key, home.readKey, home.config, () => readFolder(home.segments)];
    for (const ask of asked) {
      const { code, place } = errorOf(ask) ?? {};
      expect([code, place]).toEqual(["BTN-H01", "not a directory"]);
    }
  });

  it("that cannot be made is an error without its path", () => {
    writeFileSync(join(dir, "file"), "");
    const error = errorOf(() => openHome({ home: join(dir, "file", "baton"), env: {} }).create());
    expect(error?.code).toBe("BTN-H01");
    expect(error?.message).not.toContain(dir);
  });
});

describe("install.key", () => {
  const home = () => openHome({ home: dir, env: {} });

  it("is made once, by writers alone", () => {
    expect(home().readKey()).toBeUndefined();
    const key = home().key();
    expect(key).toHaveLength(32);
    expect(home().key()).toEqual(key);
    expect(home().readKey()).toEqual(key);
    expect(readdirSync(dir)).toEqual(["install.key"]);
  });

  it("is one and the same for processes that make it at the same moment", async () => {
    const script = `
      import { openHome } from ${JSON.stringify(resolve("ts/src/home/home.ts"))};
      console.log(Buffer.from(openHome({ home: ${JSON.stringify(dir)}, env: {} }).key()).toString("hex"));`;
    const run = () => promisify(execFile)(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script]);
    const keys = await Promise.all([run(), run(), run(), run()]);
    expect(new Set(keys.map(({ stdout }) => stdout.trim()))).toEqual(
      new Set([Buffer.from(home().key()).toString("hex")]),
    );
    expect(readdirSync(dir)).toEqual(["install.key"]);
  });

  it("that is short or long is an error, after a second of patience with a short one", () => {
    writeFileSync(join(dir, "install.key"), "short");
    expect(errorOf(() => home().readKey())?.code).toBe("BTN-H03");
    writeFileSync(join(dir, "install.key"), "x".repeat(33));
    expect(errorOf(() => home().key())?.code).toBe("BTN-H03");
  });

  it("that may not be read is an error", () => {
    mkdirSync(join(dir, "install.key"));
    chmodSync(join(dir, "install.key"), 0o700);
    expect(errorOf(() => home().readKey())?.code).toBe("BTN-H03");
  });

  it("keys aliases and digests by purpose", () => {
    const key = new Uint8Array(32).fill(1);
    const hmac = (text: string) => createHmac("sha256", key).update(text).digest("hex");
    expect(alias(key, "workspace", "ws-", "x")).toBe(`ws-${hmac("workspace\0x").slice(0, 16)}`);
    expect(digest(key, "argv", "x")).toBe(hmac("argv\0x").slice(0, 32));
    expect(Buffer.from(keyId(key)).toString("hex")).toBe(hmac("id").slice(0, 16));
    expect(alias(key, "session", "s-", "x").slice(2)).not.toBe(alias(key, "worktree", "wt-", "x").slice(3));
  });
});

describe("config.json", () => {
  const configOf = (text?: string) => {
    if (text !== undefined) writeFileSync(join(dir, "config.json"), text);
    return openHome({ home: dir, env: {} }).config();
  };

  it("is empty when it is not there", () => {
    expect(configOf()).toEqual({});
  });

  it("is proto3 JSON of Config", () => {
    const text = `{ "publicHosts": ["git.example.org"], "workspace": { "alias": true }, "usage_provider": null,
      "retention": [{ "kind": "validation", "days": "7" }] }`;
    expect(configOf(text)).toEqual({
      publicHosts: ["git.example.org"],
      workspace: { alias: true },
      retention: [{ kind: "validation", days: 7 }],
    });
  });

  it("names the field that does not fit, and never its value", () => {
    for (const [text, field] of [
      ["{", undefined],
      ["[]", "config"],
      [`{ "secret": 1 }`, "config"],
      [`{ "workspace": { "alias": "secret" } }`, "config.workspace.alias"],
      [`{ "retention": [{ "days": -1 }] }`, "config.retention.days"],
      [`{ "publicHosts": "secret" }`, "config.public_hosts"],
      [`{ "usageProvider": "${"secret".repeat(20)}" }`, "config.usage_provider"],
    ] as const) {
      const error = errorOf(() => configOf(text));
      expect([error?.code, error?.field]).toEqual(["BTN-H04", field]);
      expect(error?.message).not.toContain("secret");
    }
  });
});

describe("the clock", () => {
  it("is fixed by BATON_NOW, in milliseconds or as a time", () => {
    expect(now({ BATON_NOW: "1700000000123" })).toBe(1_700_000_000_123);
    expect(now({ BATON_NOW: "2023-11-14T22:13:20.5Z" })).toBe(1_700_000_000_500);
    expect(now({ BATON_NOW: "2023-11-14T23:13:20+01:00" })).toBe(1_700_000_000_000);
    expect(Math.abs(now({}) - Date.now())).toBeLessThan(1000);
    for (const text of ["soon", "2023-11-14", "1e12", "-5"])
      expect(errorOf(() => now({ BATON_NOW: text }))?.code).toBe("BTN-A01");
  });
});
