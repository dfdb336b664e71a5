// SPDX-License-Identifier: GPL-3.0-or-later
import { useMemo } from "react";
import { encode } from "uqr";

/** Dark modules of a code as one SVG path: no markup is parsed, so the strict CSP holds. */
export function qrPath(data: boolean[][]): string {
	const parts: string[] = [];
	data.forEach((row, y) => {
		row.forEach((dark, x) => {
			if (dark) parts.push(`M${x} ${y}h1v1h-1z`);
		});
	});
	return parts.join("");
}

export function QrCode({ text, label }: { text: string; label: string }) {
	const code = useMemo(() => encode(text, { ecc: "M", border: 2 }), [text]);
	return (
		<div className="sk-qr" data-testid="qr">
			<svg
				viewBox={`0 0 ${code.size} ${code.size}`}
				role="img"
				aria-label={label}
				shapeRendering="crispEdges"
			>
				<path d={qrPath(code.data)} fill="#000" />
			</svg>
		</div>
	);
}
