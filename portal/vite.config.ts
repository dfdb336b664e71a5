// SPDX-License-Identifier: GPL-3.0-or-later
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** PatternFly ships Red Hat fonts, which have no Japanese glyphs: drop them, the system's are used. */
function dropBundledFonts(): Plugin {
	return {
		name: "sekisho-drop-bundled-fonts",
		enforce: "pre",
		transform(code, id) {
			if (!id.includes("@patternfly") || !id.endsWith(".css")) return null;
			return code.replace(/@font-face\s*\{[^}]*\}/g, "");
		},
	};
}

export default defineConfig({
	plugins: [dropBundledFonts(), react()],
	build: {
		target: "es2023",
		assetsInlineLimit: 0,
		modulePreload: { polyfill: false },
		chunkSizeWarningLimit: 700,
		reportCompressedSize: false,
	},
	test: { include: ["src/**/*.test.ts"], environment: "node" },
} as Parameters<typeof defineConfig>[0]);
