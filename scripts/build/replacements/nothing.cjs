// In the place of a module that is never called: see scripts/build/replacements.ts.
"use strict";
