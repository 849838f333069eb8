/** How much is run. */

/** Whether all of it is: the mode of vitest that `npm run guard:leaks` sets. */
export const isAll: boolean = process.env.MODE === "all";
