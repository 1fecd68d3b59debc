/** How many inputs a fuzz test tries: FRAMENEST_FUZZ_RUNS, or few enough to keep the whole suite quick. */
export const fuzzRuns = Number(process.env['FRAMENEST_FUZZ_RUNS'] ?? 2000);

/** Time limit of a fuzz test, milliseconds: generous, since it grows with the number of runs. */
export const fuzzTimeoutMs = 60_000 + fuzzRuns * 5;
