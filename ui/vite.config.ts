import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// Names are stable and assets lie side by side: the server puts the version into the folder's address, so
// that a file keeps its name in the repository, and a browser may keep it for ever.
/** A page's file is called after its feature: features/jobs/page.tsx is jobs.js. */
function nameOf(module: string | null): string | undefined {
  const [, feature, file] = /features\/([^/]+)\/([^/.]+)/.exec(module ?? "") ?? [];
  return file === "page" || file === "panel" ? feature : file;
}

export default defineConfig({
  base: "./",
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  build: {
    outDir: "../src/grok2api/admin/console/dist",
    emptyOutDir: true,
    target: "es2022",
    // What a page is made of is fetched at once, not one file after the other; every browser meant here knows how.
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    reportCompressedSize: true,
    license: { fileName: "licenses.txt" },
    rolldownOptions: {
      output: {
        entryFileNames: "app.js",
        chunkFileNames: ({ facadeModuleId }) => `${nameOf(facadeModuleId) ?? "[name]"}.js`,
        codeSplitting: {
          groups: [
            // What the first page does without lies with the pages that need it, or in a file that they share.
            {
              name: "vendor",
              test: /node_modules\/(?!marked|uqr|uplot|cmdk|react-hook-form|lucide-react\/dist\/esm\/icons|@radix-ui\/react-switch|@tanstack\/(react-)?virtual)/,
            },
            {
              name: "shared",
              test: /src\/((api|components|lib|shell)\/(?!markdown|qr|snippets|chart|switch|palette|shortcuts)|features\/[^/]+\/search\.ts)/,
            },
            { name: "icons", test: /lucide-react\/dist\/esm\/icons/, minShareCount: 2 },
            { name: "forms", test: /node_modules\/(react-hook-form|@radix-ui\/react-switch)|components\/switch/ },
          ],
        },
        assetFileNames: (asset) => (asset.names.some((name) => name.endsWith(".css")) ? "app.css" : "[name][extname]"),
      },
    },
  },
  server: {
    proxy: {
      "/admin/api": "http://127.0.0.1:8000",
      "/v1": "http://127.0.0.1:8000",
      "/ready": "http://127.0.0.1:8000",
    },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
