/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sessions/broker/ending.h"

#include <stdio.h>
#include <string.h>

struct ending_row {
	const char *reason;
	const char *english;
	const char *japanese;
};

static const struct ending_row endings[] = {
	{"user", "You ended the session.", "セッションを終了しました。"},
	{"user_gone", "The browser disconnected. Connect again to open a new session.",
	 "ブラウザーとの接続が切れました。続けるには、もう一度接続してください。"},
	{"target_closed", "The target closed the session (signed out).",
	 "接続先がセッションを閉じました (ログアウト)。"},
	{"lease_ended", "The approved time is over. Make a new request to continue.",
	 "承認された利用時間が終わりました。続けるには、新しく申請してください。"},
	{"lease_revoked", "The permission was withdrawn. Ask the approver for the reason.",
	 "利用許可が取り消されました。理由は承認者に確認してください。"},
	{"lease_returned", "The account was returned. Make a new request to continue.",
	 "アカウントが返却されました。続けるには、新しく申請してください。"},
	{"terminated", "The session was ended by an administrator or approver.",
	 "管理者または承認者がセッションを終了させました。"},
	{"sign_in_ended", "Your sign-in ended. Sign in and connect again.",
	 "サインインが終了したため、セッションも終了しました。サインインして接続し直してください"
	 "。"},
	{"user_disabled", "Your account was disabled. Ask an administrator.",
	 "あなたのユーザーが無効にされました。管理者に確認してください。"},
	{"lease.not_active", "The approved time is over. Make a new request to continue.",
	 "承認された利用時間が終わりました。続けるには、新しく申請してください。"},
	{"access.denied_by_rule", "A rule now denies this access. Ask an administrator.",
	 "アクセス規則により拒否されました。管理者に確認してください。"},
	{"account.no_secret",
	 "No usable password or key is stored for this account. Tell an administrator.",
	 "このアカウントに使える認証情報が登録されていません。管理者に連絡してください。"},
	{"release.limit", "Too many sessions in a short time. Wait a minute and connect again.",
	 "短時間に接続が多すぎます。1 分待ってからもう一度接続してください。"},
	{"vault.sealed", "The vault is sealed. Ask an administrator to unseal it.",
	 "金庫が封印されています。管理者に開封を依頼してください。"},
	{"audit.unavailable",
	 "The audit log cannot be written, so nothing is released. Try again in a while.",
	 "監査ログを書き込めないため、払い出しできません。しばらくして再試行してください。"},
	{"idle", "The session ended because nothing was typed for too long. Connect again.",
	 "操作がなかったため終了しました。続けるには、もう一度接続してください。"},
	{"protocol", "The browser sent a malformed message. Reload the page and connect again.",
	 "ブラウザーから不正なデータが届きました。ページを再読み込みして接続し直してください。"},
	{"gateway.offline", "No gateway of this target is online. Ask the gateway operator.",
	 "この接続先のゲートウェイがオンラインではありません。ゲートウェイ運用者に連絡してください"
	 "。"},
	{"gateway.lost", "The connection through the gateway was lost. Connect again.",
	 "ゲートウェイ経由の接続が切れました。もう一度接続してください。"},
	{"target.unreachable",
	 "The gateway cannot reach the target. Check that the target is running.",
	 "ゲートウェイから接続先に届きません。接続先が動作しているか確認してください。"},
	{"target.timeout", "The target did not answer in time. Try again, then ask its operator.",
	 "接続先が時間内に応答しませんでした。再試行し、続く場合は接続先の担当者に連絡してください"
	 "。"},
	{"target.protocol",
	 "The target does not speak SSH, or offers no acceptable algorithm. Ask its operator.",
	 "接続先と SSH で通信できません (方式が合いません)。接続先の担当者に連絡してください。"},
	{"host_key.mismatch",
	 "The host key of the target is not the one known. Nothing was sent. Tell an "
	 "administrator.",
	 "接続先のホスト鍵が登録と異なります。認証情報は送っていません。管理者に連絡してください"
	 "。"},
	{"credential.refused",
	 "The password or key was not released. Check that the loan is still valid.",
	 "認証情報の払い出しが拒否されました。利用許可が有効か確認してください。"},
	{"credential.missing",
	 "No usable password or key is stored for this account. Tell an administrator.",
	 "このアカウントに使える認証情報が登録されていません。管理者に連絡してください。"},
	{"credential.malformed",
	 "The stored private key cannot be read. Tell an administrator to store it again.",
	 "登録された秘密鍵を読めません。管理者に再登録を依頼してください。"},
	{"login.refused",
	 "The target refused the stored password or key. Tell an administrator to check it.",
	 "接続先が認証情報を拒否しました。管理者に確認を依頼してください。"},
	{"login.method", "The target accepts no sign-in method that fits the stored credential.",
	 "登録された認証情報で使えるログイン方式を、接続先が受け付けません。"},
	{"login.shell", "The target gave no terminal. Ask its operator.",
	 "接続先が端末を開きませんでした。接続先の担当者に連絡してください。"},
	{"recording.failed",
	 "The recording cannot be written, so the session was ended. Tell an administrator.",
	 "録画を書き込めないため、セッションを終了しました。管理者に連絡してください。"},
	{"internal", "An internal error ended the session. Try again, then tell an administrator.",
	 "内部エラーのため終了しました。再試行し、続く場合は管理者に連絡してください。"},
};

/* Where it failed, when the code says no more. */
static const struct ending_row hops[] = {
	{"gateway", "The gateway could not open the connection. Ask the gateway operator.",
	 "ゲートウェイが接続を開けませんでした。ゲートウェイ運用者に連絡してください。"},
	{"target", "The target could not be reached. Check that it is running.",
	 "接続先に届きませんでした。接続先が動作しているか確認してください。"},
	{"credential",
	 "The password or key was not released. Try again, then tell an administrator.",
	 "認証情報が払い出されませんでした。再試行し、続く場合は管理者に連絡してください。"},
};

static bool japanese(const char *language)
{
	return strncmp(language, "ja", 2) == 0;
}

static const struct ending_row *find(const struct ending_row *rows, size_t count, const char *code)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].reason, code) == 0)
			return &rows[i];
	return NULL;
}

void ending_text(const char *reason, const char *hop, const char *language, const char *detail,
		 char out[ENDING_TEXT])
{
	static const struct ending_row general = {"", "The session ended.",
						  "セッションが終了しました。"};
	const struct ending_row *row = find(endings, sizeof(endings) / sizeof(endings[0]), reason);
	const char *text;

	if (row == NULL)
		row = find(hops, sizeof(hops) / sizeof(hops[0]), hop);
	if (row == NULL)
		row = &general;
	text = japanese(language) ? row->japanese : row->english;
	if (detail[0] != '\0')
		(void)snprintf(out, ENDING_TEXT, "%s (%.200s)", text, detail);
	else
		(void)snprintf(out, ENDING_TEXT, "%s", text);
}

void notice_left(const char *language, int minutes, char out[ENDING_TEXT])
{
	if (japanese(language))
		(void)snprintf(out, ENDING_TEXT, "利用時間はあと %d 分です。", minutes);
	else
		(void)snprintf(out, ENDING_TEXT, "%d minute%s of the approved time left.", minutes,
			       minutes == 1 ? "" : "s");
}

void notice_idle(const char *language, char out[ENDING_TEXT])
{
	(void)snprintf(out, ENDING_TEXT, "%s",
		       japanese(language)
			       ? "操作がないため、1 分後にセッションを終了します。"
			       : "Nothing was typed for a while: the session ends in 1 minute.");
}

const char *notice_waiting(const char *language)
{
	return japanese(language) ? "ゲートウェイの接続を待っています"
				  : "waiting for a gateway to come online";
}
