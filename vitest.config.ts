import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      // `npm run check`: no build needed, no root, no network.
      {
        test: { name: "unit", include: ["test/**/*.test.ts"], exclude: ["test/e2e/**"], testTimeout: 20_000 },
      },
      // `scripts/test`: the built executable, and real peers from Debian packages.
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
