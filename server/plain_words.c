/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/plain.h"

struct words {
	const char *ja, *en;
};

static const struct words words[WORD__COUNT] = {
	[WORD_APP] = {"関所 Sekisho", "Sekisho"},
	[WORD_OTHER_LANGUAGE] = {"English", "日本語"},
	[WORD_ERROR] = {"エラー", "Error"},
	[WORD_SIGN_IN] = {"サインイン", "Sign in"},
	[WORD_LOGIN] = {"ユーザー名", "Login"},
	[WORD_PASSWORD] = {"パスワード", "Password"},
	[WORD_CODE] = {"認証コード", "Authentication code"},
	[WORD_CODE_HELP] = {"認証アプリに表示された 6 桁の数字 (半角)",
			    "The 6 digits in your authenticator app"},
	[WORD_RECOVERY_TITLE] = {"リカバリーコードでサインイン", "Sign in with a recovery code"},
	[WORD_RECOVERY] = {"リカバリーコード", "Recovery code"},
	[WORD_RECOVERY_HELP] = {"英数字16文字です。ハイフンの有無や大文字小文字は問いません。",
				"16 letters and digits; hyphens and case do not matter."},
	[WORD_USE_RECOVERY] = {"端末が手元にないときは、リカバリーコードを使う",
			       "No device at hand? Use a recovery code"},
	[WORD_USE_MAIL] = {"メールでコードを受け取る", "Have a code mailed to you"},
	[WORD_MAIL_TITLE] = {"メールのコードでサインイン", "Sign in with a mailed code"},
	[WORD_MAIL_BODY] = {"メールのコードを使える人には、確認済みのメールアドレスに送ります。",
			    "A code goes to your confirmed mail address, if you may sign in with "
			    "one."},
	[WORD_MAIL_SEND] = {"コードをメールで送る", "Mail me a code"},
	[WORD_MAIL_SENT] =
		{"入力に誤りがなく、メールのコードを使える人であれば、コードを送信しました。"
		 "有効なのは最新のコードだけで、このブラウザーで使えます。送信は 1 時間に "
		 "3 回までです。ユーザー名とパスワードを、もう一度入力してください。",
		 "If what you entered was right and you may sign in with one, a code is "
		 "on its way. Only the newest counts, in this browser, and at most three "
		 "are sent in an hour. Enter your login and password once more."},
	[WORD_MAIL_CODE] = {"メールの確認コード", "Code from the mail"},
	[WORD_MAIL_CODE_HELP] =
		{"メールに記載された 8 桁の数字 (半角)。有効期限は 10 分、入力は 3 回"
		 "までです。",
		 "The 8 digits in the mail; 10 minutes and three tries."},
	[WORD_USE_CODE] = {"認証コードを使う", "Use an authentication code"},
	[WORD_SIGN_IN_HELP] = {"初めて使う場合やサインインできない場合は、管理者に登録リンクの"
			       "発行を依頼してください。登録には JavaScript が必要です。",
			       "First time here, or locked out? Ask an administrator for an "
			       "enrolment link. To enrol, JavaScript is needed."},
	[WORD_PROVIDERS] = {"外部のプロバイダーでサインイン", "Sign in with a provider"},
	[WORD_PROVIDERS_UNKNOWN] = {"外部サインインの一覧を読み込めませんでした。",
				    "The providers to sign in with could not be loaded."},
	[WORD_WITH_BEFORE] = {"", "Sign in with "},
	[WORD_WITH_AFTER] = {" でサインイン", ""},
	[WORD_NO_SCRIPT] = {"これは JavaScript を使わない画面です。パスキーと、サインイン後のほかの"
			    "画面には JavaScript が必要です。",
			    "This page works without JavaScript. Passkeys, and everything else "
			    "after signing in, need it."},
	[WORD_PORTAL] = {"JavaScript を使う画面を開く", "Open the portal, which needs JavaScript"},
	[WORD_SECOND_TITLE] = {"本人確認", "Show that it is you"},
	[WORD_SECOND_BODY] = {"プロバイダーでの確認が済みました。続けるには、Sekisho に登録した"
			      "認証アプリのコードを入力してください。",
			      "The provider has confirmed who you are. To go on, enter a code of "
			      "the authenticator app that you registered with Sekisho."},
	[WORD_SECOND_HELP] = {"認証アプリが手元にない場合は、パスワードとリカバリーコードで"
			      "サインインできます。パスキーには JavaScript が必要です。",
			      "No authenticator app at hand? Sign in with your password and a "
			      "recovery code. A passkey needs JavaScript."},
	[WORD_BACK] = {"サインインに戻る", "Back to sign-in"},
	[WORD_SESSION_TITLE] = {"サインインしています", "You are signed in"},
	[WORD_SESSION_BODY] = {"申請、承認、接続など、ほかの画面には JavaScript が必要です。"
			       "JavaScript を使えるブラウザーで同じアドレスを開いてください。",
			       "Requests, approvals, sessions and everything else need JavaScript. "
			       "Open the same address in a browser that has it."},
	[WORD_WHO] = {"ユーザー", "Person"},
	[WORD_SINCE] = {"サインイン日時", "Signed in"},
	[WORD_IDLE] = {"無操作時の有効期限", "Ends without activity"},
	[WORD_UNTIL] = {"最長の有効期限", "Ends at the latest"},
	[WORD_PASSWORD_DUE] = {"パスワードの変更が必要です。変更するまで、ほかの操作はできません。"
			       "変更には JavaScript が必要です。",
			       "Your password must be changed. Until then you can do nothing else. "
			       "To change it, JavaScript is needed."},
	[WORD_ENROL_DUE] = {"所属グループの基準により、パスキーの登録が必要です。登録するまで、"
			    "ほかの操作はできません。登録には JavaScript が必要です。",
			    "Your groups ask for a passkey. Until you have set one up you can do "
			    "nothing else. To set it up, JavaScript is needed."},
	[WORD_PROVE_DUE] = {"所属グループの基準より弱い手段でサインインしています。続けるには、"
			    "登録済みのパスキーを提示してください。パスキーには JavaScript が"
			    "必要です。",
			    "You signed in with less than your groups ask for. Show the passkey "
			    "you have set up to go on. A passkey needs JavaScript."},
	[WORD_SIGN_OUT] = {"サインアウト", "Sign out"},
	[WORD_SIGN_INS] = {"サインイン中のブラウザー", "Signed-in browsers"},
	[WORD_BROWSER] = {"ブラウザー", "Browser"},
	[WORD_ADDRESS] = {"接続元", "Address"},
	[WORD_USED] = {"最終利用", "Last used"},
	[WORD_THIS] = {"(このブラウザー)", "(this browser)"},
	[WORD_LEFT_TITLE] = {"サインアウトしました", "You have signed out"},
	[WORD_LEFT_BODY] = {"プロバイダーでは、まだサインインしたままです。",
			    "At your provider you are still signed in."},
	[WORD_LEFT_THERE] = {"プロバイダーでもサインアウトする", "Sign out at the provider, too"},
	[WORD_REFUSED_TITLE] = {"この画面を表示できません", "This page cannot be shown"},
	[WORD_REFUSED_BODY] = {"しばらく待って、もう一度開いてください。続く場合は、下の番号を"
			       "管理者に伝えてください。",
			       "Wait a moment and open it again. If this goes on, tell an "
			       "administrator the number below."},
	[WORD_TRACE] = {"番号", "Number"},
	[WORD_SECONDS_BEFORE] = {"あと ", "Wait "},
	[WORD_SECONDS_AFTER] = {" 秒お待ちください。", " seconds."},
};

/* Where the API's words fit they are the same ones. */
static const struct words told[TOLD__COUNT] = {
	[TOLD_WRONG] = {"ユーザー名、パスワード、認証コード、パスキーのいずれかが違います。",
			"Login, password, code or passkey is wrong."},
	[TOLD_PASSKEY] =
		{"普段と異なるサインインです。パスキーでサインインしてください。パスキーには "
		 "JavaScript が必要です。使えない場合は、普段の端末やネットワークから"
		 "お試しください。",
		 "This sign-in is unusual. Sign in with your passkey. That needs "
		 "JavaScript; without it, try from the device or network you usually use."},
	[TOLD_WAIT] = {"失敗が続いたため、しばらく待ってからお試しください。",
		       "After several failures, please wait a while."},
	[TOLD_FORM] =
		{"入力画面が古くなったか、別のサイトから送られました。サインインしていません。"
		 "もう一度入力してください。Cookie を受け付けない設定では使えません。",
		 "The form was too old, or did not come from this site. Nothing was done. "
		 "Please fill it in again. It does not work where cookies are refused."},
	[TOLD_INPUT] = {"入力に誤りがあります。すべての欄を入力してください。認証コードは半角数字 "
			"6 桁です。",
			"Something is missing or malformed. Fill in every field; the code has six "
			"digits."},
	[TOLD_EXPIRED] = {"プロバイダーでの確認が無効になりました。もう一度最初から"
			  "やり直してください。",
			  "This sign-in with the provider is over. Begin again."},
	[TOLD_PROVIDER] = {"外部サインインは受け付けられませんでした。詳しい理由は監査ログにあり、"
			   "管理者が確認できます。",
			   "The sign-in with the provider was not accepted. The audit log has the "
			   "exact reason; an administrator can look it up."},
	[TOLD_UNAVAILABLE] = {"サーバーまたはプロバイダーに障害があります。しばらく待ってやり直して"
			      "ください。",
			      "The server or the provider is not working. Try again in a while."},
	[TOLD_BUSY] = {"短い間に試行が続いたため、一時的に受け付けていません。",
		       "There were too many attempts in a short time."},
	[TOLD_SESSION] = {"サインインしていないか、サインインが終了しました。",
			  "You are not signed in, or your sign-in has ended."},
	[TOLD_MAIL] = {"コードのメール送信は使えません。", "Codes are not sent by mail here."},
	[TOLD_LEFT] = {"サインアウトしました。", "You have signed out."},
};
static const struct words second_wrong = {"認証コードまたはパスキーが違います。",
					  "The code or passkey is wrong."};

static const char *choose(const struct plain *plain, const struct words *both)
{
	const char *text = plain->japanese ? both->ja : both->en;

	return text ? text : "";
}

const char *plain_word(const struct plain *plain, enum plain_word word)
{
	return choose(plain, &words[word]);
}

const char *plain_told(const struct plain *plain)
{
	if (plain->told < 0 || plain->told >= TOLD__COUNT)
		return "";
	if (plain->told == TOLD_WRONG && plain->kind == PLAIN_SECOND)
		return choose(plain, &second_wrong);
	return choose(plain, &told[plain->told]);
}
