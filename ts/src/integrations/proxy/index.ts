/**
 * `baton/proxy`: the drop-in for the usage module of the proxy. The same seven names, the same usage.jsonl, and every
 * request in a segment as well (docs/usage.md, section 8). What each name does is upstream's `usage_store.js`.
 */
export type { UsageLine } from "../../usage/line.js";
export type { DayTotals, ModelTotals, UsageSummary, UsageTotals } from "../../usage/summary.js";
export {
  defaultUsageDbPath,
  localDay,
  localDayStartTs,
  type ProxyEvent,
  type ProxySummaryOptions,
  sanitizeUsageEvent,
  summarizeUsageEvents,
} from "./event.js";
export { DEFAULT_USAGE_RETENTION_DAYS, UsageStore, type UsageStoreOptions } from "./store.js";
