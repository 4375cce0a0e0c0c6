// Every version of the script that was ever given out, by its integrity hash. A released file never changes: pages that pin
// it would stop working. A new version is a new folder and a new line at the end.

export const RELEASES = {
  "1.0.0": "sha384-skm0z1vS68RSKi3vEQOZP83UdhOa7vnW/sX0F8DkI7zDP1a3xy4zGc756VEwontz",
} as const;

export const NEWEST = "1.0.0" satisfies keyof typeof RELEASES;
