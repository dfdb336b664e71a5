/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "notify/kind.h"

#include <stddef.h>
#include <string.h>

/* What most of them end with. */
#define JA_NOT_YOU                                                                                                                             \
	"心当たりがない場合は、ふだんの方法でサインインし、プロフィール画面の「最近のサインイン」" \
	"で"                                                                                                                                  \
	"そのサインインを「自分ではない」と報告し、管理者にも知らせてください。"
#define EN_NOT_YOU                                                                                 \
	"If this was not you, sign in the way you always do, report that sign-in on your profile " \
	"page under \"Recent sign-ins\", and tell your administrator."
#define JA_FINE "ご自身の操作であれば、何もする必要はありません。\n"
#define EN_FINE "If it was you, there is nothing to do.\n"

static const struct notice_kind kinds[] = {
	{"new_device",
	 {{"新しい端末からのサインイン",
	   "これまで使われていない端末またはブラウザーから、あなたのアカウントでサインインがありま"
	   "した。",
	   JA_FINE JA_NOT_YOU, NULL},
	  {"Sign-in from a new device",
	   "Somebody signed in to your account from a device or browser that it has not been used "
	   "from before.",
	   EN_FINE EN_NOT_YOU, NULL}}},
	{"second_failed",
	 {{"正しいパスワードのあと、二つ目の確認に失敗しました",
	   "あなたの正しいパスワードが入力されましたが、続く確認コードまたはパスキーが正しくありま"
	   "せんでした。"
	   "サインインはできていません。",
	   "ご自身の入力誤りであれば、何もする必要はありません。\n"
	   "心当たりがない場合は、ほかの人があなたのパスワードを知っています。"
	   "ふだんの方法でサインインし、プロフィール画面の「最近のサインイン」で報告して、すぐにパ"
	   "スワード"
	   "を変更してください。",
	   NULL},
	  {"Right password, but the second step failed",
	   "Your password was entered correctly, but the code or passkey after it was not right. "
	   "The sign-in was refused.",
	   "If you mistyped the code, there is nothing to do.\n"
	   "If this was not you, somebody else knows your password: sign in the way you always do, "
	   "report it on your profile page under \"Recent sign-ins\", and change your password.",
	   NULL}}},
	{"slowed",
	 {{"サインインの失敗が続いています",
	   "あなたのアカウントへのサインインの失敗が続いたため、その接続元からの試行を待たせていま"
	   "す。"
	   "ふだんお使いの端末からは、これまでどおりサインインできます。",
	   "ご自身の入力誤りであれば、しばらく待ってからお試しください。\n"
	   "心当たりがない場合は、管理者へ知らせてください。",
	   NULL},
	  {"Repeated failed sign-ins",
	   "Attempts to sign in to your account keep failing, so attempts from there now have to "
	   "wait. "
	   "From the devices you normally use you can sign in as before.",
	   "If you mistyped, wait a little and try again.\n"
	   "If this was not you, tell your administrator.",
	   NULL}}},
	{"disabled",
	 {{"サインイン手段が停止されました",
	   "失敗が続いて上限に達したため、サインイン手段の一つが停止されました。",
	   "もう一度使えるようにするには、管理者へ連絡してください。\n"
	   "試行に心当たりがない場合も、その旨を知らせてください。",
	   "停止されたもの"},
	  {"A way to sign in was disabled",
	   "Failures reached the limit, so one of your ways to sign in was disabled.",
	   "Ask your administrator to make it usable again.\n"
	   "Tell them as well if the attempts were not yours.",
	   "Disabled"}}},
	{"password_changed",
	 {{"パスワードが変更されました",
	   "あなたのアカウントのパスワードが変更されました。ほかのサインインはすべて終了しました。",
	   JA_FINE JA_NOT_YOU, NULL},
	  {"Your password was changed",
	   "The password of your account was changed. All other sign-ins were ended.",
	   EN_FINE EN_NOT_YOU, NULL}}},
	{"factor_added",
	 {{"サインイン手段が追加されました",
	   "あなたのアカウントに、パスキーまたは確認コード用の端末が追加されました。",
	   JA_FINE JA_NOT_YOU, "追加されたもの"},
	  {"A way to sign in was added",
	   "A passkey or a device for codes was added to your account.", EN_FINE EN_NOT_YOU,
	   "Added"}}},
	{"factor_removed",
	 {{"サインイン手段が削除されました",
	   "あなたのアカウントから、パスキーまたは確認コード用の端末が削除されました。",
	   JA_FINE JA_NOT_YOU, "削除されたもの"},
	  {"A way to sign in was removed",
	   "A passkey or a device for codes was removed from your account.", EN_FINE EN_NOT_YOU,
	   "Removed"}}},
	{"recovery_made",
	 {{"新しいリカバリーコードが作成されました",
	   "新しいリカバリーコードが作成され、以前のものは使えなくなりました。", JA_FINE JA_NOT_YOU,
	   NULL},
	  {"New recovery codes were made",
	   "New recovery codes were made for your account. The earlier ones no longer work.",
	   EN_FINE EN_NOT_YOU, NULL}}},
	{"recovery_used",
	 {{"リカバリーコードでサインインがありました",
	   "リカバリーコードを使って、あなたのアカウントでサインインがありました。",
	   JA_FINE JA_NOT_YOU, "残りのリカバリーコード"},
	  {"A recovery code was used",
	   "Somebody signed in to your account with one of its recovery codes.", EN_FINE EN_NOT_YOU,
	   "Codes left"}}},
	{"passkey_copied",
	 {{"複製された疑いのあるパスキーを拒否しました",
	   "登録済みのパスキーが複製されたと考えられる応答があったため、サインインを拒否しました。",
	   "そのパスキーをプロフィール画面で削除し、すぐに管理者へ知らせてください。", NULL},
	  {"A passkey was refused: it may have been copied",
	   "One of your passkeys answered as if there were a copy of it, so the sign-in was "
	   "refused.",
	   "Remove that passkey on your profile page and tell your administrator at once.", NULL}}},
	{"reset_asked",
	 {{"再設定の申請がありました",
	   "管理者が、あなたのサインイン手段の再設定を申請しました。もう一人の管理者が承認すると、"
	   "再設定用の"
	   "リンクが発行されます。",
	   "ご自身が依頼したものでなければ、すぐに別の管理者へ知らせてください。",
	   "申請した管理者"},
	  {"A reset was asked for",
	   "An administrator asked to reset how you sign in. A second administrator can now issue "
	   "a link for it.",
	   "If you did not ask for this, tell another administrator at once.", "Asked by"}}},
	{"link_issued",
	 {{"登録・再設定用のリンクが発行されました",
	   "あなたのアカウントを登録または再設定するためのリンクを、管理者が発行しました。リンクは"
	   "管理者から"
	   "直接お渡しします。このメールには記載していません。",
	   "ご自身が依頼したものでなければ、すぐに別の管理者へ知らせてください。",
	   "発行した管理者"},
	  {"A link to set up your account was issued",
	   "An administrator issued a link to set up your account, or to set it up anew. They hand "
	   "it to you themselves; it is not in this message.",
	   "If you did not ask for this, tell another administrator at once.", "Issued by"}}},
	{"enrolled",
	 {{"アカウントの登録・再設定が完了しました",
	   "リンクを使って、あなたのアカウントのパスワードと確認コードが設定されました。以前の設定"
	   "は使えません。",
	   JA_FINE JA_NOT_YOU, NULL},
	  {"Your account was set up",
	   "A link was used to set the password and code device of your account. What was set "
	   "before no longer works.",
	   EN_FINE EN_NOT_YOU, NULL}}},
	{"password_required",
	 {{"パスワードの変更が必要です",
	   "管理者が、あなたに新しいパスワードの設定を求めました。次回サインインしたときに設定して"
	   "ください。",
	   "このメールからではなく、ふだんお使いの方法でサインインしてください。", "求めた管理者"},
	  {"You need to change your password",
	   "An administrator asks you to set a new password the next time you sign in.",
	   "Sign in the way you always do, not from a message.", "Asked by"}}},
	{"sign_ins_ended",
	 {{"サインインがすべて終了されました",
	   "管理者が、あなたのすべてのサインインと API "
	   "トークンを終了しました。接続中のセッションも終了しました。",
	   "理由は管理者に確認してください。続けて使うには、ふだんの方法でサインインし直してくださ"
	   "い。",
	   "終了した管理者"},
	  {"All your sign-ins were ended",
	   "An administrator ended all your sign-ins and API tokens, and the sessions that were "
	   "open.",
	   "Ask them for the reason. To go on, sign in the way you always do.", "Ended by"}}},
	{"session_copied",
	 {{"サインインの複製を検知しました",
	   "あなたのサインインが二か所で使われたため、接続中のセッションとともに終了しました。",
	   "ブラウザーの情報が盗まれた可能性があります。すぐに管理者へ知らせ、安全な端末からサイン"
	   "インし直してください。",
	   NULL},
	  {"Your sign-in was copied",
	   "Your sign-in was used in two places, so it was ended, and the sessions opened with it.",
	   "Somebody may have copied data of your browser. Tell your administrator at once, and "
	   "sign in from a device you trust.",
	   NULL}}},
	{"session_moved",
	 {{"別のネットワークからの使用によりサインインを終了しました",
	   "あなたのサインインが、始めたときと別のネットワークから使われたため、終了しました。サイ"
	   "ンインが複製された可能性があります。",
	   "ご自身でネットワークを移った場合は、サインインし直してください。\n" JA_NOT_YOU, NULL},
	  {"Your sign-in was used from another network, and ended",
	   "Your sign-in was used from another network than it began in, so it was ended. Somebody "
	   "may have copied it.",
	   "If you moved to another network yourself, just sign in again.\n" EN_NOT_YOU, NULL}}},
	{"unusual",
	 {{"普段と異なるサインインを拒否しました",
	   "あなたの正しい情報によるサインインがありましたが、普段と大きく異なるため拒否しました。",
	   "ご自身の操作であれば、ふだんお使いの端末からサインインしてください。\n" JA_NOT_YOU,
	   NULL},
	  {"An unusual sign-in was refused",
	   "Somebody signed in with the right proofs of your account, in a way so unusual for you "
	   "that it was refused.",
	   "If it was you, sign in from a device you normally use.\n" EN_NOT_YOU, NULL}}},
	{"break_glass",
	 {{"緊急用アカウントが使われました",
	   "緊急用アカウント（ブレークグラス）のキーによるサインインがありました。許可されたものも"
	   "拒否されたものも通知しています。",
	   "使用の予定があったか、すぐに確認してください。概要画面で確認済みにするまで表示が残りま"
	   "す。",
	   "アカウント"},
	  {"A break-glass account was used",
	   "Somebody signed in, or tried to, with the key of a break-glass account.",
	   "Find out at once whether that was meant. It stays on the overview until one of you "
	   "acknowledges it.",
	   "Account"}}},
	{"sign_in_reported",
	 {{"本人ではないサインインの報告がありました",
	   "利用者が、自分のアカウントへのサインインまたはその試行を「自分ではない」と報告しました"
	   "。ほかのサインインはすべて"
	   "終了しています。",
	   "監査ログを確認し、本人に連絡してください。概要画面で確認済みにするまで表示が残ります。",
	   "アカウント"},
	  {"A sign-in was reported as not the person's",
	   "Somebody said that a sign-in to their account, or an attempt at one, was not theirs. "
	   "All "
	   "their other sign-ins were ended.",
	   "Look into the audit log and talk to them. It stays on the overview until one of you "
	   "acknowledges it.",
	   "Account"}}},
	{"provider_keys",
	 {{"ID プロバイダーの証明書またはアドレスが変わりました",
	   "SAML の ID プロバイダーのメタデータが新しくなり、署名の検証に使う証明書またはアドレスが"
	   "変わりました。下に、追加された証明書を「+」、無くなった証明書を「-」で、SHA-256 "
	   "フィンガープリントとともに示します。新しい証明書はすでに有効です。",
	   "プロバイダーの管理者に、このメール以外の方法でフィンガープリントを確認してください。\n"
	   "一致しない場合は、「ID プロバイダー」の画面でそのプロバイダーをすぐに無効にしてください"
	   "。",
	   "変更"},
	  {"Certificates or addresses of an identity provider changed",
	   "New metadata of a SAML identity provider changed the certificates that its answers are "
	   "verified with, or its addresses. Below, \"+\" is in front of the SHA-256 fingerprints "
	   "of certificates that are new and \"-\" of those that are gone. The new ones are in "
	   "force already.",
	   "Compare the fingerprints with whoever runs the provider, by another way than this "
	   "message.\n"
	   "If they differ, disable the provider at once, under \"Identity providers\".",
	   "Changed"}}},
	{"sign_in_exception",
	 {{"サインインの判定に例外が設けられました",
	   "管理者が、下のネットワークからのあなたのサインインを、しばらくの間「普段と異なる」と扱"
	   "わないように設定しました"
	   "。",
	   "ご自身が依頼したものでなければ、すぐに別の管理者へ知らせてください。", "ネットワーク"},
	  {"An exception was made for your sign-ins",
	   "An administrator decided that your sign-ins from the network below are not treated as "
	   "unusual for a few days.",
	   "If you did not ask for this, tell another administrator at once.", "Network"}}},
	{"sign_in_confirmed",
	 {{"拒否されたサインインが本人のものと記録されました",
	   "普段と異なるため拒否されたサインインが、あなた本人によるものと記録されました。以後、同"
	   "じ場所や端末は見慣れた"
	   "ものとして扱われます。",
	   JA_FINE "心当たりがない場合は、すぐに別の管理者へ知らせてください。", "記録した人"},
	  {"A refused sign-in was said to be yours",
	   "A sign-in that had been refused as unusual was marked as your own. What it showed "
	   "counts "
	   "as familiar from now on.",
	   EN_FINE "If it was not yours, tell another administrator at once.", "Marked by"}}},
	{"address_changed",
	 {{"通知先のメールアドレスが変更されました",
	   "あなたのアカウントの通知先が変更されました。以後の通知は、このアドレスには届きません。",
	   JA_FINE JA_NOT_YOU, NULL},
	  {"The address for notices was changed",
	   "The mail address of your account was changed. Further notices will not come to this "
	   "address.",
	   EN_FINE EN_NOT_YOU, NULL}}},
	{"address_replaced",
	 {{"通知先のメールアドレスが変更されました",
	   "あなたのアカウントへのサインイン中に、通知先が別のアドレスへ変更されました。7 "
	   "日間は、このアドレスにも通知をお送りします。",
	   JA_FINE JA_NOT_YOU, NULL},
	  {"The address for notices was replaced",
	   "Somebody signed in to your account set another address for its notices. For 7 days "
	   "they "
	   "come to this address as well.",
	   EN_FINE EN_NOT_YOU, NULL}}},
	{"address_code",
	 {{"メールアドレスの確認コード",
	   "このアドレスを、あなたのアカウントの通知先にする手続きが始まりました。確認コードを、手"
	   "続き"
	   "を始めた画面に入力してください。コードの有効期限は 10 分です。",
	   "心当たりがない場合は、コードを誰にも知らせず、このメールを無視してください。このアドレ"
	   "スは"
	   "登録されません。",
	   "確認コード"},
	  {"Code to confirm your mail address",
	   "Somebody entered this address for the notices about an account. Type the code where "
	   "that was begun. It is good for 10 minutes.",
	   "If this was not you, tell nobody the code and ignore this message: the address will "
	   "not be used.",
	   "Code"}}},
	{"sign_in_code",
	 {{"サインインの確認コード",
	   "あなたとしての最初の認証（パスワード、または外部の ID）が済み、サインインのコードが求め"
	   "られました。コードを、求めた画面に入力してください。有効期限は 10 分（外部の ID では "
	   "5 分）です。",
	   "心当たりがない場合は、コードを誰にも知らせず、そのパスワードをすぐに変更してください。"
	   "誰かが知っています。",
	   "確認コード"},
	  {"Code to sign in",
	   "Somebody passed the first step of signing in as you (your password, or your identity "
	   "provider) and asked for a code. Type it where you asked for it. It is good for 10 "
	   "minutes (with an identity provider, 5).",
	   "If this was not you, tell nobody the code and change that password at once: somebody "
	   "knows it.",
	   "Code"}}},
	{"test",
	 {{"テストメール",
	   "メール設定の画面から送信したテストメールです。通知メールは正しく届きます。",
	   "何もする必要はありません。", NULL},
	  {"Test message",
	   "This is the test message that was sent from the mail settings. Notices arrive.",
	   "There is nothing to do.", NULL}}},
	{NULL, {{0}}},
};

const struct notice_kind *notice_kinds(void)
{
	return kinds;
}

const struct notice_kind *notice_kind_by_name(const char *name)
{
	for (const struct notice_kind *kind = kinds; kind->name != NULL; kind++)
		if (strcmp(kind->name, name) == 0)
			return kind;
	return NULL;
}

bool notice_kind_has_code(const char *name)
{
	return strcmp(name, "address_code") == 0 || strcmp(name, "sign_in_code") == 0;
}
