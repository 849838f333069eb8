/** Spans and instants as a brief prints them (BRF-020 … BRF-022). Instants are milliseconds since 1970. */
import { dayMs } from "../record/stamp.js";

const minuteMs = 60_000;
/** Last instant of the year 2999. */
const lastInstant = 32_503_679_999_999;

/** A span of seconds in whole minutes, hours or days, rounded down: "12m", "3h", "2d". Negative ones are "0m". */
export function span(seconds: number): string {
  const minutes = Math.max(0, Math.floor(seconds / 60));
  if (minutes < 60) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}

/** How long ago an instant was: "12m ago". */
export function ago(at: number, now: number): string {
  return `${span((now - at) / 1000)} ago`;
}

/** Whole minutes until an instant, rounded up: "22m". */
export function minutesUntil(at: number, now: number): string {
  return `${Math.ceil((at - now) / minuteMs)}m`;
}

/** Date and time in UTC: "2026-11-23 17:13Z"; "?" outside the years 1970 to 2999. */
export function instant(at: number): string {
  if (!(at >= 0 && at <= lastInstant)) return "?";
  const text = new Date(at).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 16)}Z`;
}

/** An instant as "18:40Z", with its date where it is 24 hours or more away from now. */
export function clock(at: number, now: number): string {
  const text = instant(at);
  return Math.abs(at - now) < dayMs && text !== "?" ? text.slice(11) : text;
}
