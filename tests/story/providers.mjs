// SPDX-License-Identifier: GPL-3.0-or-later
// Identity providers that others have made, with their own pages, for the browser: SimpleSAMLphp and oidc-provider,
// each on https at an address that is another site than ours.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, openSync, readFileSync } from "node:fs";
import { createConnection } from "node:net";
import { createInterface } from "node:readline";
import { createServer } from "node:tls";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const OIDC = "https://127.0.0.1:9446";
const SAML = "https://127.0.0.1:9443";
const PHP_PORT = 9080;
const CLIENT = { client_id: "sekisho", client_secret: "a secret of the story" };

/** A certificate that is its own authority. */
function makeCertificate(folder) {
	execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
		"-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", `${folder}/key.pem`, "-out", `${folder}/certificate.pem`], { stdio: "ignore" });
	return { key: readFileSync(`${folder}/key.pem`, "utf8"), certificate: readFileSync(`${folder}/certificate.pem`, "utf8"), folder };
}

/** A program that answers each line with a line. */
export function begin(log, command, ...arguments_) {
	const program = spawn(command, arguments_, { stdio: ["pipe", "pipe", openSync(log, "a")] });
	const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
	return {
		hear: async () => {
			const { value, done } = await lines.next();
			if (done) throw new Error(`${arguments_[0]} ended; see ${log}`);
			return value;
		},
		say: (words) => program.stdin.write(`${JSON.stringify(words)}\n`),
		end: () => program.stdin.end(),
	};
}

/** PHP's own server has no TLS. */
function endTls({ key, certificate }) {
	return createServer({ key, cert: certificate }, (outer) => {
		const inner = createConnection(PHP_PORT, "127.0.0.1");
		for (const socket of [outer, inner]) socket.on("error", () => {});
		outer.pipe(inner).pipe(outer);
	}).listen(new URL(SAML).port, "127.0.0.1");
}

/** Both, started; servers: whom the browser is to trust; tls: the certificate they show. end() ends them. */
export async function startProviders(folder, base) {
	mkdirSync(folder);
	const tls = makeCertificate(folder);
	const oidc = begin(`${folder}/oidc.log`, process.execPath, `${root}/tests/peers/oidc/provider.mjs`, `${root}/build/peers/oidc/npm`);
	const saml = begin(`${folder}/saml.log`, "/usr/bin/python3", `${root}/tests/peers/saml/idp.py`, `${root}/build/peers/saml`,
		`${folder}/idp`, String(PHP_PORT), SAML);
	oidc.say({
		port: new URL(OIDC).port, key: tls.key, certificate: tls.certificate, issuer: OIDC, people: {}, keys: [{ kid: "k1", alg: "RS256" }],
		clients: [{ ...CLIENT, redirect_uris: [`${base}/api/v1/sign-in/oidc/callback`] }],
	});
	const front = endTls(tls);
	const told = JSON.parse(await saml.hear());
	await oidc.hear();
	return {
		tls,
		servers: [OIDC, SAML].map((address) => ({ base: address, ca: tls.certificate })),
		oidc: { issuer: OIDC, client: CLIENT.client_id, secret: CLIENT.client_secret, trust: tls.certificate },
		saml: {
			...told,
			know: async (entity, acs, certificate) => {
				saml.say({ entity, acs, certificate });
				await saml.hear();
			},
		},
		end: () => {
			for (const one of [oidc, saml]) one.end();
			front.close();
		},
	};
}
