// SPDX-License-Identifier: GPL-3.0-or-later
/* Two readable cookies let the server write <html lang class> before the first paint. */
const YEAR = 365 * 24 * 3600;

export function readCookie(name: string, cookies: string = document.cookie): string | null {
	for (const part of cookies.split(";")) {
		const [key, ...value] = part.trim().split("=");
		if (key === name) return decodeURIComponent(value.join("="));
	}
	return null;
}

export function writeCookie(name: string, value: string): void {
	const secure = location.protocol === "https:" ? "; Secure" : "";
	// biome-ignore lint/suspicious/noDocumentCookie: CookieStore is not in every supported browser
	document.cookie = `${name}=${encodeURIComponent(value)}; Path=/; Max-Age=${YEAR}; SameSite=Lax${secure}`;
}
