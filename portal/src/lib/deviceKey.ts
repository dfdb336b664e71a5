// SPDX-License-Identifier: GPL-3.0-or-later
import { fromBase64Url, toBase64Url } from "./passkey";

/**
 * The key by which this browser is known again beside its cookie: P-256, kept in IndexedDB as a
 * CryptoKey that no script can read out, also not this one. A copy of the cookies is no copy of it.
 */
const DATABASE = "sekisho";
const STORE = "keys";
const NAME = "device";
const LABEL = new TextEncoder().encode("sekisho device 1\n");
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;

const done = <T>(request: IDBRequest<T>) =>
	new Promise<T>((resolve, reject) => {
		request.onsuccess = () => resolve(request.result);
		request.onerror = () => reject(request.error);
	});

async function database(): Promise<IDBDatabase> {
	const request = indexedDB.open(DATABASE, 1);
	request.onupgradeneeded = () => request.result.createObjectStore(STORE);
	return done(request);
}

async function stored(): Promise<CryptoKeyPair | undefined> {
	const db = await database();
	try {
		return await done<CryptoKeyPair | undefined>(
			db.transaction(STORE).objectStore(STORE).get(NAME),
		);
	} finally {
		db.close();
	}
}

/** The one that is there afterwards: another tab may have been faster. */
async function keep(pair: CryptoKeyPair): Promise<CryptoKeyPair> {
	const db = await database();
	try {
		const store = db.transaction(STORE, "readwrite").objectStore(STORE);
		const before = await done<CryptoKeyPair | undefined>(store.get(NAME));
		if (before) return before;
		await done(store.put(pair, NAME));
		return pair;
	} finally {
		db.close();
	}
}

/** This browser's key, or null where it can keep none (private windows of some, no WebCrypto). */
export async function deviceKey(make: boolean): Promise<CryptoKeyPair | null> {
	try {
		const pair = await stored();
		if (pair || !make) return pair ?? null;
		return await keep(await crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]));
	} catch {
		return null;
	}
}

/** The value of X-Sekisho-Device: challenge, signature, public point. */
export async function prove(pair: CryptoKeyPair, challenge: string): Promise<string> {
	const asked = fromBase64Url(challenge);
	const signed = new Uint8Array([...LABEL, ...asked]);
	const how = { name: "ECDSA", hash: "SHA-256" };
	const signature = await crypto.subtle.sign(how, pair.privateKey, signed);
	const point = await crypto.subtle.exportKey("raw", pair.publicKey);
	return toBase64Url(
		new Uint8Array([...asked, ...new Uint8Array(signature), ...new Uint8Array(point)]).buffer,
	);
}
