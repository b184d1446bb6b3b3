/** The version of this package; `test/packaging` keeps it equal to package.json. */
export const version = "0.1.0";
