// SPDX-License-Identifier: GPL-3.0-or-later
// Development only: serves dist/ under the product's strict policy with canned API answers.
// Cookies choose what is seen: persona=user|approver|auditor|administrator|none, fixture=normal|empty|loading|error.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { ANSWERS, HELD, NOW, recordingEvents } from "./fixtures.mjs";
import { accept, receive, send } from "./websocket.mjs";

export const CSP =
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; " +
	"frame-ancestors 'none'; require-trusted-types-for 'script'";
const HEADERS = {
	"Content-Security-Policy": CSP,
	"Cross-Origin-Opener-Policy": "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Referrer-Policy": "no-referrer",
	"X-Content-Type-Options": "nosniff",
};
const TYPES = {
	".js": "text/javascript",
	".css": "text/css",
	".svg": "image/svg+xml",
	".html": "text/html; charset=utf-8",
};
const dist = path.resolve(import.meta.dirname, "../dist");
const ROUTES = Object.entries(ANSWERS).map(([name, answer]) => {
	const [method, template] = name.split(" ");
	const pattern = new RegExp(`^${template.replace(/:(\w+)/g, "(?<$1>[^/]+)")}$`);
	return { method, pattern, answer };
});

function cookies(request) {
	return Object.fromEntries(
		(request.headers.cookie ?? "")
			.split(/;\s*/)
			.filter(Boolean)
			.map((each) => each.split("=")),
	);
}

function json(response, status, body, type = "application/json") {
	response.writeHead(status, { ...HEADERS, "Content-Type": type, "Cache-Control": "no-store" });
	response.end(body === undefined ? undefined : JSON.stringify(body));
}

function problem(response, status, code, reason) {
	const body = { type: "about:blank", title: code, status, code, reason, trace: "01JD7Q2Z8M4K" };
	json(response, status, body, "application/problem+json");
}

async function readBody(request) {
	const parts = [];
	for await (const part of request) parts.push(part);
	const text = Buffer.concat(parts).toString();
	try {
		return JSON.parse(text);
	} catch {
		return {};
	}
}

function emptied(body) {
	return body && Array.isArray(body.items)
		? { ...body, items: [], next_cursor: null, total: 0 }
		: body;
}

/** What is told once, as text. */
const SEED = "otpauth://totp/Sekisho:tanaka?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Sekisho";
const CLIENT_SECRET = "sekisho_cs_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyCrcoxC";
const ONCE = {
	"/enrolment/totp": SEED,
	"/me/factors/totp": SEED,
	"POST /me/tokens": "sekisho_pat_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyCrcoxC",
	"/me/recovery-codes": [2, 3, 4, 5, 6, 7, 2, 3, 4, 5]
		.map((digit, n) => `ABCD-EFGH-IJKL-MN${digit}${String.fromCharCode(80 + n)}`)
		.join("\n"),
};

async function api(request, response, url) {
	const { persona = "user", fixture = "normal" } = cookies(request);
	const at = url.pathname.slice("/api/v1".length);
	const query = Object.fromEntries(url.searchParams);
	const changing = request.method !== "GET";
	if (changing && request.headers["x-sekisho"] !== "1")
		return problem(response, 403, "csrf.refused", "csrf.refused");
	if (at === "/events") {
		response.writeHead(200, { ...HEADERS, "Content-Type": "text/event-stream" });
		return response.write("event: hello\ndata: {}\n\n");
	}
	const once =
		ONCE[at] ??
		ONCE[`${request.method} ${at}`] ??
		(changing && /^\/programs\/[^/]+\/secrets$/.test(at) ? CLIENT_SECRET : undefined);
	if (once)
		return response
			.writeHead(200, { ...HEADERS, "Content-Type": "text/plain; charset=utf-8" })
			.end(once);
	if (/\/recordings\/[^/]+\/events/.test(at))
		return response
			.writeHead(200, { ...HEADERS, "Content-Type": "application/x-ndjson" })
			.end(recordingEvents(Number(query.first), Number(query.count)));
	if (persona === "none" && at.startsWith("/sign-in/second"))
		return problem(
			response,
			401,
			"auth.required",
			fixture === "error" ? "sign_in.failed" : "federation.expired",
		);
	if (persona === "none" && !at.startsWith("/enrolment") && !at.startsWith("/sign-in"))
		return problem(response, 401, "auth.required", "auth.required");
	if (fixture === "loading" && at !== "/me") return;
	if (fixture === "error" && at !== "/me")
		return problem(response, 503, "unavailable", "database.down");
	for (const route of ROUTES) {
		const match = route.method === request.method && route.pattern.exec(at);
		if (!match) continue;
		const body = changing ? await readBody(request) : {};
		const params = match.groups ?? {};
		const answer =
			typeof route.answer === "function"
				? route.answer({ params, query, persona, body })
				: route.answer;
		return json(response, 200, fixture === "empty" ? emptied(answer) : answer);
	}
	if (changing) return response.writeHead(204, HEADERS).end();
	problem(response, 404, "not_found", "");
}

/** The server writes the person's language into the page. */
function spoken(page, request) {
	const { "sekisho-lang": language = "ja" } = cookies(request);
	return page.toString().replace('<html lang="ja"', `<html lang="${language}"`);
}

async function file(request, response, url) {
	const name = path.extname(url.pathname) ? url.pathname : "/index.html";
	try {
		const stored = await readFile(path.join(dist, path.normalize(name)));
		const bytes = name === "/index.html" ? spoken(stored, request) : stored;
		response.writeHead(200, {
			...HEADERS,
			"Content-Type": TYPES[path.extname(name)] ?? "application/octet-stream",
		});
		response.end(bytes);
	} catch {
		response.writeHead(404, HEADERS).end();
	}
}

/** A pretend shell: stages, a prompt, echo. "?fail" in the session id's stead is cookie fixture=error. */
function terminal(request, socket) {
	accept(request, socket, "sekisho-terminal.1");
	const { fixture = "normal" } = cookies(request);
	const stage = (n, state, text = "") =>
		send(socket, Buffer.concat([Buffer.from([0x10, n, state]), Buffer.from(text)]));
	const say = (text) => send(socket, Buffer.concat([Buffer.from([0]), Buffer.from(text)]));
	const end = Buffer.alloc(9);
	end[0] = 0x11;
	end.writeBigInt64BE(BigInt(NOW + 45 * 60_000), 1);
	stage(1, 1);
	stage(2, 1);
	send(socket, end);
	if (fixture === "error") {
		stage(3, 2, "target.timeout");
		send(socket, Buffer.from("\x12target\0target.timeout\0\0"));
		return;
	}
	if (fixture === "loading") return stage(3, 0);
	stage(3, 1);
	stage(4, 1);
	stage(5, 1);
	if (request.url.includes(HELD)) send(socket, Buffer.from([0x14, 0, 0, 0, 47]));
	say("Linux web-01 6.1.0-26-amd64\r\nこの端末は録画されています。\r\n");
	say("\x1b[1;34mdeploy@web-01\x1b[0m:~$ ls -l /srv/リリース\r\n合計 8\r\n");
	say(
		"-rw-r--r-- 1 deploy deploy 1843 11月 20 18:02 手順書.txt\r\n\x1b[38;2;255;170;0m24 ビット色\x1b[0m \x1b[48;5;24m256 色\x1b[0m ｶﾅ │┤全角罫線\r\n\x1b[1;34mdeploy@web-01\x1b[0m:~$ ",
	);
	receive(socket, (frame) => {
		if (frame[0] === 0) say(frame.subarray(1).toString().replace("\r", "\r\n"));
		if (frame[0] === 2) send(socket, Buffer.from("\x12user\0user.ended\0\0"));
	});
}

export function start(port = 0) {
	const server = createServer((request, response) => {
		const url = new URL(request.url, "http://localhost");
		if (url.pathname.startsWith("/api/v1/")) void api(request, response, url);
		else void file(request, response, url);
	});
	server.on("upgrade", (request, socket) => terminal(request, socket));
	return new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(server)));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
	const server = await start(Number(process.argv[2] ?? 5180));
	console.log(`http://127.0.0.1:${server.address().port}/`);
}
