// SPDX-License-Identifier: GPL-3.0-or-later

/** 冠木門: two posts that rise above one straight beam. */
export function Mark({ size = 28 }: { size?: number }) {
	return (
		<svg
			className="sk-brand-mark"
			viewBox="0 0 32 32"
			width={size}
			height={size}
			aria-hidden="true"
			focusable="false"
		>
			<g fill="currentColor">
				<rect x="8" y="3" width="4" height="26" />
				<rect x="20" y="3" width="4" height="26" />
				<rect x="2" y="9" width="28" height="4" />
			</g>
		</svg>
	);
}
