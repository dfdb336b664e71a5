// SPDX-License-Identifier: GPL-3.0-or-later
// Canned answers for looking at screens without a server. Fixed ids, fixed clock, Japanese names.

/** The moment all fixtures speak of: 2026-11-21 10:00 JST. */
export const NOW = Date.parse("2026-11-21T01:00:00Z");
const at = (minutes) => new Date(NOW + minutes * 60_000).toISOString().replace(".000Z", "Z");
const id = (n) => `0197a000-0000-7000-8000-${String(n).padStart(12, "0")}`;

const PERMISSIONS = {
	user: ["target.use"],
	approver: ["target.use", "request.approve", "request.view_all", "session.terminate"],
	auditor: [
		"session.view_all",
		"recording.view",
		"audit.view",
		"audit.export",
		"report.view",
		"request.view_all",
		"target.view",
		"user.view",
		"policy.view",
		"gateway.view",
	],
	administrator: [
		"target.use",
		"request.approve",
		"session.view_all",
		"session.terminate",
		"recording.view",
		"audit.view",
		"audit.export",
		"report.view",
		"request.view_all",
		"target.view",
		"target.manage",
		"secret.set",
		"user.view",
		"user.manage",
		"role.manage",
		"policy.view",
		"policy.manage",
		"gateway.view",
		"gateway.manage",
		"system.view",
	],
	gateway_operator: ["gateway.view", "gateway.manage"],
};

const person = (n, login, display_name) => ({ id: id(n), login, display_name });
export const PEOPLE = {
	user: person(1, "tanaka", "田中 美咲"),
	approver: person(2, "suzuki", "鈴木 健一"),
	auditor: person(3, "sato", "佐藤 由美"),
	administrator: person(4, "admin", "山本 大輔"),
	other: person(5, "ito", "伊藤 翔"),
};

const PASSWORD_RULES = {
	min_length: 12,
	need_lower: false,
	need_upper: false,
	need_digit: false,
	history: 0,
	max_age_days: 0,
};
export const me = (persona) => ({
	...PEOPLE[persona],
	language: "ja",
	timezone: "Asia/Tokyo",
	theme: "system",
	roles: [persona],
	permissions: PERMISSIONS[persona],
	password_due: false,
	factor_due: "none",
	factor_floor: "any",
	authenticated_at: at(-20),
	session: { id: id(900), idle_expires_at: at(30), expires_at: at(600) },
});

const page = (items, total = items.length) => ({ items, next_cursor: null, total });
const versioned = { version: 3, archived: false, created_at: at(-9000), updated_at: at(-900) };

const target = (n, name) => ({ id: id(n), name, kind: "linux_ssh" });
const WEB = target(11, "web-01.tokyo");
const DB = target(12, "db-01.tokyo");
const BATCH = target(13, "batch-02.osaka");
const group = { id: id(31), name: "東京データセンター" };
const west = { id: id(32), name: "大阪データセンター" };
const people = { id: id(41), name: "基盤運用チーム" };
const approvers = { id: id(42), name: "基盤承認者" };
const flow = {
	id: id(51),
	name: "標準の承認",
	ticket_required: true,
	max_minutes: 240,
	max_ahead_days: 14,
	approvers: ["基盤承認者"],
	self_approval: false,
};
const state = (name, reason = null) => ({ state: name, reason, checked_at: at(-3) });
const account = (n, name, more = {}) => ({
	id: id(n),
	name,
	state: state("ok"),
	verdict: "allow",
	workflow: flow,
	lease: null,
	busy_until: null,
	why_not: null,
	...more,
});
const leaseRef = { id: id(71), state: "active", starts_at: at(-15), ends_at: at(45) };

const myTargets = page([
	{
		...WEB,
		description: "会員サイトの Web サーバー",
		group,
		gateway_state: "online",
		target_state: state("reachable"),
		accounts: [account(21, "root", { lease: leaseRef }), account(22, "deploy")],
	},
	{
		...DB,
		description: "会員データベース (本番)",
		group,
		gateway_state: "online",
		target_state: state("reachable"),
		accounts: [
			account(23, "root", { busy_until: at(25), why_not: "account.leased" }),
			account(24, "postgres", { state: state("unverified") }),
			account(25, "backup", { verdict: "deny", workflow: null, why_not: "access.denied_by_rule" }),
		],
	},
	{
		...BATCH,
		description: "夜間バッチ",
		group: west,
		gateway_state: "offline",
		target_state: state("unknown"),
		accounts: [
			account(26, "root", {
				lease: { id: id(72), state: "scheduled", starts_at: at(120), ends_at: at(180) },
			}),
			account(27, "operator", { verdict: "none", workflow: null, why_not: "access.no_rule" }),
		],
	},
]);

const may = { approve: false, reject: false, withdraw: false, comment: true };
const request = (n, number, requestState, more = {}) => ({
	id: id(n),
	number,
	requester: PEOPLE.user,
	workflow: { id: flow.id, name: flow.name },
	accounts: [{ id: id(22), name: "deploy", target: WEB }],
	purpose: "会員サイトの月次リリース。手順書 v3 に従い、アプリケーションを更新して再起動します。",
	ticket: "CHG-20261121",
	starts_at: at(0),
	ends_at: at(60),
	state: requestState,
	stage: 1,
	stage_count: 1,
	version: 1,
	created_at: at(-4),
	decided_at: null,
	may,
	...more,
});
const details = (base) => ({
	...base,
	stages: [
		{
			position: 1,
			group: approvers,
			needed: 1,
			approvals:
				base.state === "pending"
					? []
					: [
							{
								user: PEOPLE.approver,
								decision: base.state === "rejected" ? "reject" : "approve",
								comment: "",
								decided_at: at(-2),
							},
						],
		},
	],
	comments: [
		{ id: id(601), user: PEOPLE.user, text: "10 時から作業を始めます。", created_at: at(-3) },
	],
	leases:
		base.state === "approved"
			? [
					{
						id: id(71),
						account: { id: id(22), name: "deploy" },
						state: "active",
						starts_at: at(-15),
						ends_at: at(45),
						ended_at: null,
						end_reason: null,
					},
				]
			: [],
});
const REQUESTS = [
	request(101, "R-000121", "pending", { may: { ...may, withdraw: true } }),
	request(102, "R-000120", "approved", {
		purpose: "障害調査",
		ticket: "INC-4471",
		created_at: at(-30),
	}),
	request(103, "R-000118", "finished", {
		purpose: "証明書の更新",
		created_at: at(-1440),
		starts_at: at(-1430),
		ends_at: at(-1370),
	}),
	request(104, "R-000117", "rejected", {
		purpose: "設定の確認",
		ticket: "",
		created_at: at(-1600),
	}),
];
const WAITING = [
	request(111, "R-000121", "pending", { may: { ...may, approve: true, reject: true } }),
	request(112, "R-000122", "pending", {
		requester: PEOPLE.other,
		purpose: "バックアップ失敗の調査\nログの確認と再実行",
		accounts: [
			{ id: id(24), name: "postgres", target: DB },
			{ id: id(26), name: "root", target: BATCH },
		],
		ticket: "INC-4480",
		created_at: at(-1),
		starts_at: at(30),
		ends_at: at(90),
		may: { ...may, approve: true, reject: true },
	}),
	request(113, "R-000119", "pending", {
		requester: PEOPLE.approver,
		purpose: "監視エージェントの更新",
		ticket: "CHG-20261122",
		may: { ...may, approve_why: "request.self_approval" },
	}),
];

const recording = (more = {}) => ({
	state: "complete",
	chunks: 42,
	bytes: 183_000,
	commands: 6,
	duration_ms: 754_000,
	integrity: "ok",
	...more,
});
const session = (n, user, more = {}) => ({
	id: id(n),
	user,
	account: { id: id(22), name: "deploy" },
	target: WEB,
	request: { id: id(102), number: "R-000120" },
	state: "ended",
	stage: "live",
	created_at: at(-14),
	connected_at: at(-14),
	ended_at: at(-2),
	end_hop: "user",
	end_reason: "target.exited",
	end_text: null,
	peer: "192.0.2.10",
	bytes_in: 412,
	bytes_out: 183_000,
	recording: recording(),
	...more,
});
/** The session whose sign-in has ended. */
export const HELD = id(205);
const live = {
	state: "live",
	ended_at: null,
	end_reason: null,
	end_hop: null,
	recording: recording({
		state: "writing",
		integrity: "unchecked",
		commands: 2,
		duration_ms: 65_000,
	}),
};
const SESSIONS = [
	session(201, PEOPLE.user, live),
	session(202, PEOPLE.user),
	session(203, PEOPLE.other, {
		target: DB,
		account: { id: id(24), name: "postgres" },
		state: "failed",
		end_hop: "target",
		end_reason: "target.timeout",
		recording: null,
		created_at: at(-90),
	}),
	session(204, PEOPLE.other, {
		target: BATCH,
		state: "broken",
		end_hop: "recording",
		end_reason: "recording.failed",
		created_at: at(-2000),
		recording: recording({ state: "broken", integrity: "ok" }),
	}),
];

/* A small recording: prompts, Japanese, colours, an idle stretch. */
const COMMANDS = [
	[3, "uname -a", "Linux web-01 6.1.0-26-amd64 #1 SMP Debian x86_64 GNU/Linux"],
	[
		9,
		"systemctl status httpd",
		"\u001b[1;32m●\u001b[0m httpd.service - 会員サイト\r\n   Active: \u001b[32mactive (running)\u001b[0m since 土 2026-11-21 09:12:44 JST",
	],
	[
		21,
		"ls -l /srv/リリース",
		"合計 8\r\n-rw-r--r-- 1 deploy deploy 1843 11月 20 18:02 手順書.txt\r\ndrwxr-xr-x 2 deploy deploy 4096 11月 21 09:58 v3",
	],
	[640, "sudo systemctl restart httpd", "\u001b[38;2;255;170;0m再起動しています…\u001b[0m 完了"],
	[660, "curl -sI https://localhost/ | head -1", "HTTP/2 200"],
	[740, "exit", "ログアウト"],
];
const EVENTS = COMMANDS.flatMap(([second, command, output], index) => [
	[second - 2, "o", `\u001b[1;34mdeploy@web-01\u001b[0m:~$ `],
	[second, "m", command],
	...[...command].map((letter, at) => [second + at * 0.08, "o", letter]),
	[second + command.length * 0.08 + 0.1, "o", `\r\n${output}\r\n`],
	...(index === 2 ? [[40, "r", "100x30"]] : []),
]).sort((a, b) => a[0] - b[0]);
const CHUNK_S = 5;
const DURATION = 754;
const chunkCount = Math.ceil(DURATION / CHUNK_S);
const inChunk = (chunk) => EVENTS.filter(([time]) => Math.floor(time / CHUNK_S) === chunk);
export const recordingEvents = (first, count) =>
	Array.from({ length: count }, (_, n) => inChunk(first + n))
		.flat()
		.map((line) => JSON.stringify(line))
		.join("\n");
const recordingIndex = {
	width: 100,
	height: 28,
	duration_ms: DURATION * 1000,
	chunks: Array.from({ length: chunkCount }, (_, n) => [
		n,
		n * CHUNK_S * 1000,
		inChunk(n).reduce((sum, line) => sum + line[2].length, 0),
		0,
	]),
	total_chunks: chunkCount,
	sizes: [],
	commands: COMMANDS.map(([second, command]) => [second * 1000, command]),
	idle: [
		[45_000, 636_000],
		[668_000, 736_000],
	],
};

const event = (n, name, outcome, actor, object, more = {}) => ({
	id: id(300 + n),
	n,
	time: at(-n),
	event: name,
	outcome,
	actor: actor && { id: actor.id, login: actor.login },
	object,
	peer: "192.0.2.10",
	trace: `tr-${String(n).padStart(8, "0")}`,
	leaf: {
		v: 1,
		id: id(300 + n),
		event: name,
		outcome,
		actor: actor?.login ?? null,
		object,
		time: at(-n),
		peer: "192.0.2.10",
	},
	...more,
});
const AUDIT = [
	event(
		1,
		"recording.viewed",
		"ok",
		PEOPLE.auditor,
		{ type: "session", id: id(202), name: "deploy@web-01.tokyo" },
		{ n: null },
	),
	event(2, "session.end", "ok", PEOPLE.user, {
		type: "session",
		id: id(202),
		name: "deploy@web-01.tokyo",
	}),
	event(14, "secret.released", "ok", PEOPLE.user, {
		type: "account",
		id: id(22),
		name: "deploy@web-01.tokyo",
	}),
	event(15, "session.start", "ok", PEOPLE.user, {
		type: "session",
		id: id(202),
		name: "deploy@web-01.tokyo",
	}),
	event(16, "request.approved", "ok", PEOPLE.approver, {
		type: "request",
		id: id(102),
		name: "R-000120",
	}),
	event(17, "request.approved", "refused", PEOPLE.user, {
		type: "request",
		id: id(102),
		name: "R-000120",
	}),
	event(30, "request.created", "ok", PEOPLE.user, {
		type: "request",
		id: id(102),
		name: "R-000120",
	}),
	event(
		31,
		"auth.sign_in_refused",
		"refused",
		null,
		{ type: "user", id: null, name: "root" },
		{ peer: "198.51.100.7" },
	),
	event(32, "auth.sign_in", "ok", PEOPLE.user, null),
].map((each) => ({ ...each, n: each.n === null ? null : 48_210 - each.n }));

const USE = {
	from: at(-30_000),
	to: at(1000),
	timezone: "Asia/Tokyo",
	generated_at: at(0),
	rows: [
		{
			user: PEOPLE.user,
			account: { id: id(22), name: "deploy" },
			target: WEB,
			starts_at: at(-15),
			ends_at: at(45),
			request: { id: id(102), number: "R-000120" },
			purpose: "障害調査",
			ticket: "INC-4471",
			approvers: ["鈴木 健一"],
			session_id: id(202),
			connected_at: at(-14),
			ended_at: at(-2),
			recording: "complete",
			result: "ended",
		},
		{
			user: PEOPLE.other,
			account: { id: id(24), name: "postgres" },
			target: DB,
			starts_at: at(-120),
			ends_at: at(-60),
			request: { id: id(105), number: "R-000116" },
			purpose: "バックアップの復元試験",
			ticket: "CHG-20261119",
			approvers: ["鈴木 健一", "山本 大輔"],
			session_id: id(203),
			connected_at: null,
			ended_at: at(-89),
			recording: "none",
			result: "target.timeout",
		},
		{
			user: PEOPLE.user,
			account: { id: id(21), name: "root" },
			target: WEB,
			starts_at: at(-1430),
			ends_at: at(-1370),
			request: { id: id(103), number: "R-000118" },
			purpose: "証明書の更新",
			ticket: "",
			approvers: ["鈴木 健一"],
			session_id: null,
			connected_at: null,
			ended_at: null,
			recording: "none",
			result: "unused",
		},
	],
};

const fullAccount = (n, name, of, more = {}) => ({
	id: id(n),
	name,
	description: "",
	target: of,
	has_secret: true,
	secret_set_at: at(-4000),
	lendable: true,
	concurrent: false,
	state: state("ok"),
	...versioned,
	...more,
});
const targetSummary = (of, address, more = {}) => ({
	...of,
	description: "会員サイトの Web サーバー",
	group,
	gateway_group: { id: id(61), name: "東京" },
	port: 22,
	addresses: [address],
	state: state("reachable"),
	account_count: 2,
	...versioned,
	...more,
});
const TARGETS = [
	targetSummary(WEB, "10.20.0.11"),
	targetSummary(DB, "10.20.0.21", { description: "会員データベース (本番)", account_count: 3 }),
	targetSummary(BATCH, "batch-02.osaka.example", {
		description: "夜間バッチ",
		group: west,
		gateway_group: { id: id(62), name: "大阪" },
		state: state("unreachable", "gateway.offline"),
	}),
];
const fullTarget = {
	...TARGETS[0],
	host_keys: [
		{
			type: "ssh-ed25519",
			sha256: "SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8",
			pinned_at: at(-4000),
		},
	],
	accounts: [
		fullAccount(21, "root", WEB),
		fullAccount(22, "deploy", WEB, {
			concurrent: true,
			description: "リリース作業用",
			state: state("refused", "login.refused"),
		}),
		fullAccount(28, "monitor", WEB, {
			has_secret: false,
			secret_set_at: null,
			state: { state: "unverified", reason: null, checked_at: null },
		}),
	],
};

const user = (who, role, more = {}) => ({
	...who,
	language: "ja",
	state: "active",
	roles: role ? [role] : [],
	groups: [people],
	version: 2,
	last_sign_in_at: at(-20),
	created_at: at(-90_000),
	updated_at: at(-900),
	...more,
});
const USERS = [
	user(PEOPLE.administrator, "administrator", { groups: [] }),
	user(PEOPLE.user, "user"),
	user(PEOPLE.approver, "approver", { groups: [people, approvers] }),
	user(PEOPLE.auditor, "auditor", { groups: [] }),
	user(PEOPLE.other, "user", { state: "invited", last_sign_in_at: null }),
];
const GROUPS = [
	{
		...people,
		description: "サーバーの運用担当",
		parent_id: null,
		member_ids: [id(1), id(2), id(5)],
		members: [PEOPLE.user, PEOPLE.approver, PEOPLE.other],
		roles: ["user"],
		...versioned,
	},
	{
		...approvers,
		description: "申請を承認する人",
		parent_id: people.id,
		member_ids: [id(2)],
		members: [PEOPLE.approver],
		roles: ["approver"],
		...versioned,
	},
];
const RULES = [
	{
		id: id(81),
		name: "基盤チームは東京のサーバーを申請できる",
		effect: "allow",
		user: null,
		user_group: people,
		target: null,
		target_group: group,
		account_pattern: "*",
		workflow: { id: flow.id, name: flow.name },
		...versioned,
	},
	{
		id: id(82),
		name: "バックアップ用アカウントは貸し出さない",
		effect: "deny",
		user: null,
		user_group: people,
		target: { id: DB.id, name: DB.name },
		target_group: null,
		account_pattern: "backup",
		workflow: null,
		...versioned,
	},
];
const WORKFLOWS = [
	{
		id: flow.id,
		name: flow.name,
		description: "1 段階の承認",
		self_approval: false,
		ticket_required: true,
		max_minutes: 240,
		max_ahead_days: 14,
		stages: [{ group: approvers, needed: 1 }],
		...versioned,
	},
	{
		id: id(52),
		name: "本番データベース",
		description: "2 段階の承認",
		self_approval: false,
		ticket_required: true,
		max_minutes: 60,
		max_ahead_days: 7,
		stages: [
			{ group: people, needed: 1 },
			{ group: approvers, needed: 2 },
		],
		...versioned,
	},
];
const gateway = (n, name, groupName, gatewayState, presence, more = {}) => ({
	id: id(n),
	name,
	group: { id: id(61), name: groupName },
	kind: "internet",
	state: gatewayState,
	presence: {
		state: presence,
		connections: presence === "online" ? 2 : 0,
		agent_version: "0.1.0",
		last_beat_at: at(presence === "online" ? 0 : -55),
		rtt_us: 8200,
		clock_skew_ms: 3,
		peer: "203.0.113.5",
		policy_version: 12,
	},
	alarm: null,
	source_ranges: ["192.0.2.0/24"],
	certificate: { serial: "0197a0c1d2e3", not_after: at(120_000) },
	version: 4,
	created_at: at(-9000),
	updated_at: at(-10),
	...more,
});
const GATEWAYS = [
	gateway(91, "tokyo-gw-1", "東京", "enrolled", "online"),
	gateway(92, "osaka-gw-1", "大阪", "enrolled", "offline"),
	gateway(93, "nagoya-gw-1", "名古屋", "waiting", "offline", {
		certificate: null,
		presence: {
			state: "offline",
			connections: 0,
			agent_version: "",
			last_beat_at: null,
			rtt_us: null,
			clock_skew_ms: null,
			peer: "",
			policy_version: null,
		},
	}),
	gateway(94, "fukuoka-gw-1", "福岡", "held", "offline", {
		alarm: { reason: "gateway.second_machine", peer: "198.51.100.23", at: at(-7) },
	}),
	gateway(95, "sendai-gw-1", "仙台", "enrolled", "online", {
		alarm: { reason: "gateway.other_machine", peer: "198.51.100.40", at: at(-300) },
	}),
];
const OVERVIEW = {
	version: "0.1.0",
	seal: { sealed: false, provider: "sealed_file" },
	database: { kind: "embedded", version: "10.11.9-MariaDB" },
	gateways: { online: 1, late: 0, offline: 1 },
	sessions: { live: 1 },
	requests: { pending: 2 },
	audit: { size: 48_209, pending: 1, checkpoint_age_s: 1 },
	syslog: {
		receiver: "log.example:6514",
		confirmed: 48_205,
		behind: 4,
		confirmed_at: "2026-11-22T01:00:00.000000Z",
		error: null,
		error_at: null,
	},
	sandbox: ["edge", "web", "authority", "keeper", "worker"].map((role) => ({
		role,
		landlock_abi: 2,
		seccomp: true,
		identity: true,
	})),
	todo: [
		"todo.rolled_back",
		"todo.break_glass",
		"todo.campaign",
		"todo.release_limit",
		"todo.gateway_alarm",
		"todo.gateway_offline",
		"todo.account_without_secret",
		"todo.audit_backlog",
	],
};

/** Answers by "METHOD /path"; a function gets {params, query, persona}. */
const TOKENS = [
	{
		id: id(920),
		name: "棚卸しスクリプト（ops-01）",
		scopes: ["target.view", "user.view"],
		networks: ["192.0.2.0/24"],
		created_at: at(-9000),
		expires_at: at(40000),
		last_used_at: at(-3),
		last_used_from: "192.0.2.10",
	},
	{
		id: id(921),
		name: "監査の書き出し",
		scopes: ["audit.export"],
		networks: [],
		created_at: at(-300),
		expires_at: at(90000),
		last_used_at: null,
		last_used_from: null,
	},
];

const PROGRAMS = [
	{
		id: id(930),
		name: "inventory",
		display_name: "資産台帳との突き合わせ（ops-01）",
		state: "active",
		roles: ["auditor"],
		scopes: ["target.view", "user.view"],
		networks: ["192.0.2.0/24", "2001:db8:7::/48"],
		token_seconds: 600,
		...versioned,
		last_used_at: at(-3),
		last_used_from: "192.0.2.10",
		secrets: [
			{
				id: id(931),
				created_at: at(-120000),
				expires_at: at(9000),
				last_used_at: at(-2900),
				last_used_from: "192.0.2.10",
			},
			{
				id: id(932),
				created_at: at(-3000),
				expires_at: at(120000),
				last_used_at: at(-3),
				last_used_from: "192.0.2.10",
			},
		],
	},
	{
		id: id(933),
		name: "gateway-watch",
		display_name: "ゲートウェイの監視",
		state: "disabled",
		roles: ["gateway_operator"],
		scopes: ["gateway.view", "system.view"],
		networks: [],
		token_seconds: 300,
		...versioned,
		last_used_at: null,
		last_used_from: null,
		secrets: [],
	},
];

const IDENTITY_PROVIDERS = [
	{
		id: id(970),
		kind: "saml",
		name: "社員ポータル",
		enabled: true,
		issuer: "https://idp.kanda-seiki.example/saml2/idp/metadata.php",
		client_id: "",
		has_secret: false,
		addresses: "",
		trust: "",
		provision: true,
		link_attribute: "uid",
		login_attribute: "uid",
		login_suffix: "@kanda-seiki.example",
		display_attribute: "displayName",
		second_factor: "trust",
		contexts: "urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken",
		sign_out: "here",
		mapping_applies: "sign_in",
		version: 5,
		fetched_at: at(-3 * 1440),
		tried_at: at(-12),
		problem: "saml.metadata_expired",
		metadata_url: "https://idp.kanda-seiki.example/saml2/idp/metadata.php",
		next_fetch_at: at(48),
		valid_until: at(4 * 1440),
		given_people: 12,
		unsolicited: false,
		step_up: false,
	},
	{
		id: id(971),
		kind: "oidc",
		name: "Example ID",
		enabled: false,
		issuer: "https://id.example/realms/kanda-seiki",
		client_id: "sekisho",
		has_secret: true,
		addresses: "10.1.0.0/16",
		trust: "",
		provision: false,
		link_attribute: "",
		login_attribute: "",
		login_suffix: "",
		display_attribute: "",
		second_factor: "ask",
		contexts: "",
		sign_out: "provider",
		mapping_applies: "sign_in",
		version: 2,
		fetched_at: null,
		tried_at: at(-12),
		problem: "oidc.tls",
		metadata_url: "",
		next_fetch_at: null,
		valid_until: null,
		given_people: 3,
		unsolicited: false,
		step_up: false,
	},
];
/** The one in use, one that follows it, and how the first looks then. */
export const SAML_KEYS = [
	["in_use", 975, -5_000_000, "4b1f09"],
	["next", 976, -30, "c27e5a"],
	["old", 975, -5_000_000, "4b1f09"],
	["in_use", 976, -30, "c27e5a"],
].map(([state, number, made, digits]) => ({
	id: id(number),
	state,
	fingerprint: digits.repeat(11).slice(0, 64),
	created_at: at(made),
	expires_at: at(made + 5_256_000),
}));
const SIGN_INS = page([
	{
		id: id(980),
		occurred_at: at(-20),
		peer: "192.0.2.10",
		user_agent: "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0",
		reason: null,
		current: true,
		verdict: null,
		judged_at: null,
	},
	{
		id: id(981),
		occurred_at: at(-90),
		peer: "203.0.113.7",
		user_agent: "Mozilla/5.0 (Windows NT 10.0) Firefox/150.0",
		reason: "sign_in.unusual",
		current: false,
		verdict: null,
		judged_at: null,
	},
	{
		id: id(982),
		occurred_at: at(-3000),
		peer: "198.51.100.4",
		user_agent: "Mozilla/5.0 (iPhone) Safari/605.1",
		reason: null,
		current: false,
		verdict: "not_me",
		judged_at: at(-2900),
	},
]);
const IDENTITIES = [
	{
		id: id(980),
		provider_id: id(970),
		kind: "saml",
		provider: "社員ポータル",
		display: "tanaka@kanda-seiki.example",
		created_at: at(-40 * 1440),
		last_used_at: at(-90),
	},
];
const identityProvider = ({ params }) => ({
	...(IDENTITY_PROVIDERS.find((each) => each.id === params.id) ?? IDENTITY_PROVIDERS[0]),
	mapping: [
		{
			attribute: "eduPersonEntitlement",
			value: "urn:kanda-seiki:ops",
			role: null,
			group_id: id(41),
			group_name: "運用部",
			privileged: false,
		},
		{
			attribute: "groups",
			value: "sekisho-approvers",
			role: "approver",
			group_id: null,
			group_name: null,
			privileged: true,
		},
	],
});
const identityTest = ({ params }) =>
	params.test === id(991)
		? { accepted: false, reason: "saml.signature" }
		: {
				accepted: true,
				subject: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent _7f3a9c2e51",
				display: "田中 健一",
				authenticated_at: at(-1),
				contexts: ["urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken"],
				attributes: [
					{ name: "uid", ambiguous: false, values: ["tanaka@kanda-seiki.example"] },
					{ name: "groups", ambiguous: false, values: ["staff", "sekisho-approvers"] },
					{ name: "mail", ambiguous: true, values: ["tanaka@kanda-seiki.example"] },
				],
				next: params.test === id(992) ? "refused" : "rule",
				reason: params.test === id(992) ? "federation.not_linked" : null,
				login: params.test === id(992) ? null : "tanaka",
				second_trusted: true,
				groups: [],
				roles: ["approver"],
				ambiguous: 0,
				withheld: 1,
			};

export const ANSWERS = {
	"GET /me": ({ persona }) => me(persona),
	"PATCH /me": ({ persona, body }) => ({ ...me(persona), ...body }),
	"POST /sign-in": () => me("user"),
	"GET /sign-in/providers": {
		mail_code: true,
		items: IDENTITY_PROVIDERS.map(({ id, kind, name }) => ({ id, kind, name })),
	},
	"GET /me/step-up/providers": { items: [] },
	"GET /me/identities": { items: IDENTITIES },
	"GET /users/:id/identities": { items: IDENTITIES },
	"GET /identity-providers": { items: IDENTITY_PROVIDERS },
	"POST /identity-providers": () => IDENTITY_PROVIDERS[1],
	"GET /saml-keys": { items: [SAML_KEYS[0]] },
	"GET /identity-providers/:id": identityProvider,
	"GET /identity-providers/:id/tests/:test": identityTest,
	"POST /sign-in/second": () => me("user"),
	"POST /sign-in/recovery": () => me("user"),
	"GET /me/password-rules": PASSWORD_RULES,
	"GET /attestation-models": {
		items: [
			{
				id: id(948),
				aaguid: "2fc0579f-8113-47ea-b116-bb5a8db9202a",
				name: "セキュリティキー 5 NFC",
				fingerprint: "00".repeat(32),
				subject: "/CN=FIDO Attestation Root",
				not_after: at(9_000_000),
				created_at: at(-900),
				passkeys: 3,
			},
		],
	},
	"GET /factor-floors": {
		items: ["any", "passkey", "device_bound", "attested"].map((level, index) => ({
			id: id(940 + index),
			level,
			is_default: index === 0,
			groups: index === 2 ? [{ id: id(61), name: "インフラ運用" }] : [],
			version: 1,
		})),
	},
	"POST /factor-floors/:id/preview": {
		count: 7,
		people: [
			{ ...PEOPLE.user, floor: "device_bound" },
			{ ...PEOPLE.administrator, floor: "device_bound" },
		],
		own: true,
	},
	"GET /session-limits": {
		ceiling: { idle_minutes: 1440, max_hours: 168 },
		items: [
			["standard", 30, 12],
			["privileged", 15, 12],
			["external", 15, 4],
		].map(([profile, idle_minutes, max_hours], index) => ({
			id: id(930 + index),
			profile,
			is_default: index === 0,
			idle_minutes,
			max_hours,
			groups: index === 1 ? [{ id: id(61), name: "インフラ運用" }] : [],
			version: 1,
		})),
	},
	"GET /password-policies": {
		items: [
			{
				...PASSWORD_RULES,
				id: id(951),
				profile: "classic",
				is_default: false,
				min_length: 8,
				need_lower: true,
				need_upper: true,
				need_digit: true,
				history: 5,
				max_age_days: 90,
				words: "",
				groups: [people],
				version: 2,
			},
			{
				...PASSWORD_RULES,
				id: id(950),
				profile: "nist",
				is_default: true,
				words: "神田精機 Kanda-Seiki",
				groups: [],
				version: 1,
			},
		],
	},
	"GET /network-rules": {
		rules: [
			{
				action: "allow",
				entrance: "any",
				role: null,
				user_id: null,
				networks: ["192.0.2.0/24", "2001:db8:7::/48"],
				countries: ["JP"],
				asns: [],
				note: "本社と国内",
			},
			{
				action: "deny",
				entrance: "api",
				role: "auditor",
				user_id: null,
				networks: ["198.51.100.7"],
				countries: [],
				asns: ["64500"],
				note: "",
			},
		],
		version: 3,
		knows_countries: true,
		knows_asns: true,
		your_address: "192.0.2.10",
	},
	"POST /network-rules/try": {
		count: 2,
		people: [
			{ ...PEOPLE.user, addresses: ["203.0.113.20", "2001:db8:1::7"] },
			{ ...PEOPLE.other, addresses: ["198.51.100.9"] },
		],
		locks_you_out: true,
	},
	"GET /sign-in-policy": {
		mode: "audit",
		mode_in_force: "audit",
		mode_is_fixed: false,
		thresholds: "budget",
		challenge_budget: 100,
		block_budget: 10,
		challenge: 1350,
		block: 6290,
		offices: ["192.0.2.0/24"],
		hosting_asns: ["14061", "16509", "24940"],
		mail_code: true,
		looked_at: "2026-03-02T00:00:00Z",
		scores: 8412,
		knows_countries: true,
		knows_asns: true,
		version: 4,
	},
	"GET /sign-in-policy/preview": {
		days: 30,
		challenge: 1350,
		block: 6290,
		sign_ins: 9120,
		other: 12,
		complete: true,
		recorded: { allow: 8730, step_up: 382, block: 8 },
		draft: { allow: 8655, step_up: 456, block: 9 },
		always: 301,
		with_code: 188,
		people: [
			{ id: id(1), login: "k.sato", sign_ins: 31, step_up: 7, block: 2 },
			{ id: id(2), login: "m.tanaka", sign_ins: 44, step_up: 9, block: 0 },
			{ id: id(3), login: "y.ito", sign_ins: 12, step_up: 4, block: 0 },
		],
	},
	"GET /programs": { ...page(PROGRAMS), max_days: 366 },
	"POST /programs": PROGRAMS[1],
	"GET /programs/:id": ({ params }) =>
		PROGRAMS.find((each) => each.id === params.id) ?? PROGRAMS[0],
	"PATCH /programs/:id": PROGRAMS[0],
	"GET /me/tokens": { items: TOKENS, max_days: 90 },
	"GET /api-tokens": {
		items: TOKENS.map((token) => ({
			...token,
			user: { id: id(1), login: "tanaka", display_name: "田中 花子" },
		})),
		next_cursor: null,
	},
	"GET /mail": {
		host: "mail.kanda-seiki.example",
		port: 587,
		security: "starttls",
		login: "sekisho",
		has_password: true,
		sender: "sekisho@kanda-seiki.example",
		ca: null,
		version: 4,
		waiting: 2,
		sent_at: at(-3),
		error: "mail.kanda-seiki.example does not take it: 450 4.2.0 Greylisted, try again",
		error_at: at(-1),
		test: {
			state: "failed",
			address: "sato@kanda-seiki.example",
			error: "mail.kanda-seiki.example refuses the login: 535 5.7.8 Authentication failed",
			occurred_at: at(-1),
		},
		failures: [
			{
				id: id(971),
				kind: "new_device",
				login: "tanaka",
				address: "tanaka@kanda-seiki.example",
				state: "waiting",
				error: "mail.kanda-seiki.example does not take it: 450 4.2.0 Greylisted, try again",
				attempts: 2,
				occurred_at: at(-12),
			},
		],
	},
	"POST /mail/test": {},
	"GET /me/devices": {
		items: [
			{
				id: id(980),
				first_seen_at: at(-40000),
				last_seen_at: at(-30),
				user_agent: "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0",
				peer: "192.0.2.10",
				has_key: true,
				current: true,
			},
			{
				id: id(981),
				first_seen_at: at(-90000),
				last_seen_at: at(-9000),
				user_agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/140.0",
				peer: "2001:db8::44",
				has_key: false,
				current: false,
			},
		],
		next_cursor: null,
	},
	"GET /me/notices": {
		items: [
			{
				id: id(972),
				kind: "new_device",
				peer: "192.0.2.44",
				user_agent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
				detail: null,
				address: "tanaka@kanda-seiki.example",
				state: "sent",
				occurred_at: at(-12),
			},
			{
				id: id(973),
				kind: "factor_added",
				peer: "192.0.2.44",
				user_agent: null,
				detail: "業務用スマートフォン",
				address: null,
				state: "unsent",
				occurred_at: at(-3000),
			},
		],
		next_cursor: null,
	},
	"GET /me/mail-address": {
		address: "tanaka@kanda-seiki.example",
		confirmed_at: null,
		mail_is_sent: true,
	},
	"GET /me/factors": {
		totp: [
			{ id: id(910), label: "", created_at: at(-90000), last_used_at: at(-20) },
			{ id: id(911), label: "業務用スマートフォン", created_at: at(-3000), last_used_at: null },
		],
		passkeys: [
			{
				id: id(912),
				label: "ノートPC",
				synced: false,
				device_bound: true,
				model: null,
				created_at: at(-2000),
				last_used_at: at(-15),
			},
		],
		recovery: {
			total: 10,
			left: 9,
			created_at: at(-3000),
			last_used_at: at(-600),
			last_used_from: "198.51.100.4",
		},
	},
	"GET /sign-in-exceptions": page([
		{
			id: id(985),
			user_id: id(20),
			login: "tanaka",
			display_name: "田中 花子",
			network: "203.0.113.0/24",
			note: "大阪出張",
			asked_by: "sato",
			approved_by: null,
			own: false,
			asked_at: at(-30),
			approved_at: null,
			until: at(7000),
		},
	]),
	"GET /me/sign-ins": SIGN_INS,
	"GET /users/:id/sign-ins": SIGN_INS,
	"GET /me/sessions": page([
		{
			id: id(900),
			created_at: at(-20),
			last_seen_at: at(0),
			peer: "192.0.2.10",
			user_agent: "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0",
			current: true,
		},
		{
			id: id(901),
			created_at: at(-2000),
			last_seen_at: at(-1900),
			peer: "198.51.100.4",
			user_agent: "Mozilla/5.0 (iPhone) Safari/605.1",
			current: false,
		},
	]),
	"POST /enrolment": {
		login: "tanaka",
		display_name: "田中 美咲",
		needs: ["password", "totp"],
		password_rules: PASSWORD_RULES,
	},
	"GET /my/targets": ({ query }) =>
		page(myTargets.items.filter((each) => !query.q || each.name.includes(query.q))),
	"GET /my/leases": ({ persona }) =>
		page(
			persona === "user"
				? [
						{
							id: id(71),
							request: { id: id(102), number: "R-000120" },
							account: { id: id(21), name: "root" },
							target: WEB,
							starts_at: at(-15),
							ends_at: at(45),
							state: "active",
							exclusive: true,
						},
						{
							id: id(72),
							request: { id: id(106), number: "R-000115" },
							account: { id: id(26), name: "root" },
							target: BATCH,
							starts_at: at(120),
							ends_at: at(180),
							state: "scheduled",
							exclusive: true,
						},
					]
				: [],
		),
	"GET /requests": ({ query }) =>
		page(
			(query.scope === "approvals" ? WAITING : REQUESTS).filter(
				(each) => !query.state || each.state === query.state,
			),
		),
	"GET /requests/:id": ({ params }) =>
		details([...REQUESTS, ...WAITING].find((each) => each.id === params.id) ?? REQUESTS[0]),
	"POST /requests": details(REQUESTS[0]),
	"POST /requests/:id/approve": details(REQUESTS[1]),
	"GET /access/explain": {
		verdict: "deny",
		workflow: null,
		text_code: "access.denied_by_rule",
		steps: [
			{
				rule_id: id(82),
				rule_name: RULES[1].name,
				effect: "deny",
				subject: people.name,
				object: "db-01.tokyo / backup",
				matched: true,
				why: "",
			},
			{
				rule_id: id(81),
				rule_name: RULES[0].name,
				effect: "allow",
				subject: people.name,
				object: group.name,
				matched: true,
				why: "",
			},
		],
	},
	"POST /sessions": SESSIONS[0],
	"GET /sessions": page(SESSIONS),
	"GET /sessions/:id": ({ params }) =>
		params.id === HELD
			? session(205, PEOPLE.user, live)
			: (SESSIONS.find((each) => each.id === params.id) ?? SESSIONS[1]),
	"GET /recordings/:id/index": recordingIndex,
	"GET /recordings/:id/integrity": { ok: true, chunks: 42, first_bad: null, text: "" },
	"GET /audit": ({ query }) =>
		page(
			AUDIT.filter(
				(each) =>
					(!query.outcome || each.outcome === query.outcome) &&
					(!query.event || each.event === query.event),
			),
		),
	"GET /audit/state": {
		size: 48_209,
		checkpoint: {
			size: 48_209,
			root: "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
			signed_at: at(0),
		},
		pending: 1,
		vkey: "sekisho+0a1b2c3d+AbC",
	},
	"GET /audit/:id/proof": {
		id: id(302),
		n: 48_208,
		size: 48_209,
		leaf_hash: "q2I=",
		root: "CsUY=",
		path: ["a", "b"],
		checkpoint:
			"sekisho.example/audit\n48209\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— sekisho AbCdEf…",
	},
	"GET /reports/privileged-use": USE,
	"GET /overview": OVERVIEW,
	"GET /targets": page(TARGETS),
	"POST /targets/import": {
		dry_run: true,
		rows: 3,
		targets: 0,
		accounts: 0,
		error_count: 2,
		errors: [
			{ row: 2, column: "port", reason: "range", detail: "" },
			{ row: 3, column: "addresses", reason: "import.target_differs", detail: "" },
		],
	},
	"GET /targets/:id": fullTarget,
	"POST /targets/:id/test": {
		ok: false,
		hop: "login",
		reason: "login.refused",
		text: "",
		dial_ms: 18,
		key_exchange_ms: 42,
		login_ms: 130,
	},
	"GET /target-groups": page([
		{ ...group, description: "", parent_id: null, target_count: 2, ...versioned },
		{ ...west, description: "", parent_id: null, target_count: 1, ...versioned },
	]),
	"GET /users": page(USERS),
	"GET /users/:id": ({ params }) => USERS.find((each) => each.id === params.id) ?? USERS[1],
	"GET /users/:id/factors": {
		floor: "device_bound",
		best: "passkey",
		totp: [{ id: id(951), label: "", created_at: at(-9000), last_used_at: at(-40) }],
		passkeys: [
			{
				id: id(952),
				label: "私物の電話",
				synced: true,
				device_bound: false,
				model: "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4",
				created_at: at(-900),
				last_used_at: at(-4),
			},
		],
		recovery: null,
	},
	"GET /users/:id/effective": {
		roles: [
			{ role: "user", group: people },
			{ role: "approver", group: approvers },
		],
		permissions: PERMISSIONS.approver,
	},
	"POST /users/:id/enrolment-link": {
		url: `https://sekisho.example/enrol#${"A".repeat(43)}`,
		expires_at: at(1440),
	},
	"GET /groups": page(GROUPS),
	"GET /groups/:id": ({ params }) => GROUPS.find((each) => each.id === params.id) ?? GROUPS[0],
	"GET /roles": {
		items: Object.entries(PERMISSIONS).map(([name, permissions]) => ({ name, permissions })),
	},
	"GET /rules": page(RULES),
	"GET /workflows": page(WORKFLOWS),
	"GET /gateways": page(GATEWAYS),
	"GET /gateways/:id": ({ params }) =>
		GATEWAYS.find((each) => each.id === params.id) ?? GATEWAYS[2],
	"POST /gateways": GATEWAYS[2],
	"PATCH /gateways/:id": GATEWAYS[0],
	"POST /gateways/:id/token": {
		token: "gwt_7Yx2…",
		expires_at: at(60),
		ca_sha256: "5f1c9a…",
		command:
			"sekisho-gateway enrol --server https://sekisho.example:8443 --ca-sha256 5f1c9a77d0e1 --token-file -",
	},
	"GET /gateway-groups": page([
		{ id: id(61), name: "東京", description: "", gateway_count: 1, ...versioned },
		{ id: id(62), name: "大阪", description: "", gateway_count: 1, ...versioned },
	]),
};
