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

/**
 * xterm.js 6.0.0 under `style-src 'self'`: its DOM renderer makes <style> elements and, for 24-bit
 * colours, style attributes; both are blocked and the terminal becomes unreadable. These four places
 * are rewritten to constructed style sheets and the object model (src/lib/strictStyle.ts). Nothing is
 * weakened: markup injection stays blocked. The build fails when the places are not found, so a new
 * version of xterm.js cannot slip through.
 */
function strictXterm(): Plugin {
	const places = [
		{ pattern: /([\w.]+)\.createElement\("style"\)/g, by: "__strictStyleElement($1)", count: 3 },
		{ pattern: /\b(\w+)\.setAttribute\("style",/g, by: "__strictSetStyle($1,", count: 1 },
	];
	return {
		name: "sekisho-strict-xterm",
		transform(code, id) {
			if (!/@xterm\/xterm\/lib\/xterm\.mjs$/.test(id)) return null;
			for (const { pattern, by, count } of places) {
				const found = code.match(pattern)?.length ?? 0;
				if (found !== count) this.error(`xterm.js has ${found} of ${count} places for ${by}`);
				code = code.replace(pattern, by);
			}
			const helpers = new URL("./src/lib/strictStyle.ts", import.meta.url).pathname;
			return `import { strictStyleElement as __strictStyleElement, strictSetStyle as __strictSetStyle } from "${helpers}";\n${code}`;
		},
	};
}

export default defineConfig({
	plugins: [dropBundledFonts(), strictXterm(), react()],
	build: {
		target: "es2023",
		assetsInlineLimit: 0,
		modulePreload: { polyfill: false },
		chunkSizeWarningLimit: 700,
		reportCompressedSize: false,
	},
	worker: { format: "es" },
	test: { include: ["src/**/*.test.ts"], environment: "node" },
} as Parameters<typeof defineConfig>[0]);
