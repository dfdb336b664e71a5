/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/password_common.h"

#include <ctype.h>
#include <string.h>

#include "auth/password.h"
#include "auth/password_list.h"
#include "base/secret.h"

/*
 * Words that carry most of the passwords people guess first, in English and Japanese: names,
 * places, keyboard runs, seasons, words about computers and passwords. Written down for this
 * program, in small letters without the usual substitutes (0 for o, @ for a …), which are folded
 * away before.
 */
static const char *const common[] = {
	"123qwe",
	"123qweasd",
	"123qweasdzxc",
	"1q2w3e4r",
	"1q2w3e4r5t",
	"1q2w3e4r5t6y",
	"1qaz2wsx",
	"1qaz2wsx3edc",
	"1qaz2wsx3edc4rfv",
	"a1b2c3d4",
	"a1b2c3d4e5f6",
	"aa123456",
	"abc123",
	"abcd1234",
	"abcdefgh",
	"abcdefghijkl",
	"access",
	"account",
	"action",
	"adgjmptw",
	"admin",
	"adminadmin",
	"administrator",
	"aishiteru",
	"alexander",
	"amazon",
	"america",
	"anata",
	"andrew",
	"angel",
	"anthony",
	"apple",
	"april",
	"arigatou",
	"arsenal",
	"asahi",
	"asdf1234",
	"asdfasdf",
	"asdfgh",
	"asdfghjkl",
	"asdfghjkl;'",
	"ashley",
	"august",
	"autumn",
	"backup",
	"banana",
	"barcelona",
	"baseball",
	"basketball",
	"batman",
	"beautiful",
	"bigdaddy",
	"blessed",
	"booboo",
	"bubbles",
	"buster",
	"butterfly",
	"change_me",
	"changeit",
	"changeme",
	"changethis",
	"charlie",
	"cheese",
	"chelsea",
	"chicken",
	"chocolate",
	"christian",
	"company",
	"computer",
	"cookie",
	"correct horse battery staple",
	"correcthorsebatterystaple",
	"corvette",
	"creative",
	"daisuki",
	"daniel",
	"database",
	"december",
	"default",
	"defaultpassword",
	"diamond",
	"donald",
	"donkey",
	"doraemon",
	"dragon",
	"dragonball",
	"elephant",
	"elizabeth",
	"enterprise",
	"evangelion",
	"family",
	"february",
	"ferrari",
	"finance",
	"flower",
	"football",
	"forever",
	"freedom",
	"friday",
	"fujisan",
	"gakusei",
	"gateway",
	"george",
	"ginger",
	"google",
	"guest",
	"gundam",
	"hanako",
	"hannah",
	"happy",
	"harley",
	"hawaii",
	"heisei",
	"hello",
	"helloworld",
	"himitsu",
	"hiroshima",
	"hokkaido",
	"honda",
	"hunter",
	"hunter2",
	"ihateyou",
	"iloveu",
	"iloveyou",
	"initialpassword",
	"internet",
	"inuinu",
	"jackson",
	"january",
	"january1",
	"jasmine",
	"jennifer",
	"jessica",
	"jordan",
	"joshua",
	"july",
	"june",
	"justin",
	"kaisha",
	"kanagawa",
	"karate",
	"katana",
	"kawasaki",
	"killer",
	"kitty",
	"kobayashi",
	"konnichiwa",
	"kumamoto",
	"kyoto",
	"letmein",
	"letmein123",
	"letmeinnow",
	"liverpool",
	"login",
	"lovely",
	"loveme",
	"loveyou",
	"manager",
	"manchester",
	"march",
	"maria",
	"mariadb",
	"market",
	"master",
	"matrix",
	"matthew",
	"mercedes",
	"michael",
	"michelle",
	"microsoft",
	"midnight",
	"mima",
	"momotaro",
	"monday",
	"monkey",
	"mustang",
	"mylove",
	"mynoob",
	"mypass",
	"mypassword",
	"mysecret",
	"mysqlmysql",
	"nagasaki",
	"nagoya",
	"naruto",
	"nekochan",
	"newpassword",
	"nicole",
	"nihon",
	"nihongo",
	"ninja",
	"nintendo",
	"nippon",
	"nissan",
	"november",
	"october",
	"office",
	"okinawa",
	"onepiece",
	"opensesame",
	"openup",
	"operator",
	"oracle",
	"orange",
	"osaka",
	"p@ssw0rd",
	"p@ssword",
	"pakistan",
	"pass",
	"passme",
	"passphrase",
	"passphrase123",
	"passw0rd",
	"passw0rd!",
	"password",
	"pasuwado",
	"patrick",
	"pepper",
	"phoenix",
	"pikachu",
	"playboy",
	"player",
	"pokemon",
	"porsche",
	"postgres",
	"power",
	"prince",
	"princess",
	"private",
	"purple",
	"pwd",
	"pword",
	"q1w2e3r4t5y6",
	"qazwsx",
	"qazwsxedc",
	"qazwsxedc123",
	"qazwsxedcrfv",
	"qwe123",
	"qweasdzxc",
	"qwer1234",
	"qwert",
	"qwerty",
	"qwerty123456",
	"qwertyuiop",
	"qwertyuiop[]",
	"raiders",
	"rainbow",
	"ranger",
	"reiwa",
	"remember",
	"robert",
	"rockyou",
	"root",
	"rootpassword",
	"rootroot",
	"sakura",
	"samsung",
	"samurai",
	"sapporo",
	"satoshi",
	"saturn",
	"scooter",
	"secret",
	"secretsecret",
	"secure",
	"security",
	"security1",
	"sekisho",
	"sensei",
	"september",
	"server",
	"server01",
	"service",
	"sesame",
	"shadow",
	"shalom",
	"shinjuku",
	"sho-gun",
	"showa",
	"silver",
	"snoopy",
	"soccer",
	"softball",
	"sophie",
	"spring",
	"startrek",
	"starwars",
	"steelers",
	"stella",
	"student",
	"summer",
	"sumsung",
	"sunshine",
	"superman",
	"supersecret",
	"superuser",
	"support",
	"sushi",
	"suzuki",
	"sweety",
	"sysadmin",
	"system",
	"takahashi",
	"tanaka",
	"target",
	"taylor",
	"temp",
	"temporary",
	"temppassword",
	"test",
	"test1234",
	"testing",
	"thomas",
	"thunder",
	"tigger",
	"tokyo",
	"tokyo2020",
	"tomodachi",
	"toor",
	"toortoor",
	"topsecret",
	"totoro",
	"toyota",
	"trouble",
	"trustno1",
	"user",
	"username",
	"vampire",
	"victoria",
	"virginia",
	"watanabe",
	"watashi",
	"webmaster",
	"welcome",
	"welcome1",
	"whatever",
	"william",
	"windows",
	"winter",
	"wizard",
	"wonderful",
	"xxxxxx",
	"yamaha",
	"yamamoto",
	"yamato",
	"yankees",
	"yellow",
	"yokohama",
	"zaq12wsx",
	"zaq1xsw2",
	"zaqwsx",
	"zxcvasdf",
	"zxcvbn",
	"zxcvbnm",
};

/* What people write in place of a letter. */
static char fold(char c)
{
	static const char from[] = "@4301!$57+", to[] = "aaeoiisstt";
	const char *found = c ? strchr(from, c) : NULL;

	return found ? to[found - from] : (char)tolower((unsigned char)c);
}

static char plain(char c)
{
	return (char)tolower((unsigned char)c);
}

typedef char fold_fn(char c);

/* True when text is word once or several times, nothing else. */
static bool is_repeated(const char *text, size_t len, const char *word, size_t word_len,
			fold_fn *fn)
{
	if (word_len == 0 || len == 0 || len % word_len != 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (fn(text[i]) != fn(word[i % word_len]))
			return false;
	}
	return true;
}

static bool is_decoration(char c)
{
	return !isalpha((unsigned char)c) && ((unsigned char)c & 0x80) == 0;
}

enum { LISTED_MIN = 4 };

static bool is_word(const char *text, size_t len)
{
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		size_t word_len = strlen(common[i]);
		if (is_repeated(text, len, common[i], word_len, plain) ||
		    is_repeated(text, len, common[i], word_len, fold))
			return true;
	}
	return false;
}

/* "aaaaaaaaaaaa", "123456789012", "abcabcabcabc": each byte follows from the ones before. */
static bool is_monotonous(const char *text, size_t len)
{
	for (size_t period = 1; period <= 3 && period < len; period++) {
		if (is_repeated(text + period, len - len % period - period, text, period, plain))
			return true;
	}
	size_t steps = 0;
	for (size_t i = 1; i < len; i++) {
		int step = text[i] - text[i - 1];
		steps += step == 1 || step == -1 || step == 0 || step == -9;
	}
	return steps + 2 >= len;
}

static bool is_listed_folded(const char *text, size_t len)
{
	char folded[PASSWORD_BYTES_MAX];

	if (len > sizeof(folded))
		return false;
	for (size_t i = 0; i < len; i++)
		folded[i] = fold(text[i]);
	bool found = password_list_has(folded, len);
	wipe(folded, sizeof(folded));
	return found;
}

/* Alone, with the usual substitutes, or several times. */
static bool is_listed(const char *text, size_t len)
{
	if (password_list_has(text, len) || is_listed_folded(text, len))
		return true;
	for (size_t part = LISTED_MIN; part <= len / 2; part++) {
		if (is_repeated(text, len, text, part, plain) && password_list_has(text, part))
			return true;
	}
	return false;
}

bool password_is_common(const char *text, size_t len)
{
	size_t start = 0, end = len;

	if (is_word(text, len) || is_monotonous(text, len) || is_listed(text, len))
		return true;
	/* 2026password! is password with something before and behind. */
	while (end > 0 && is_decoration(text[end - 1]))
		end--;
	if (end > 0 && is_word(text, end))
		return true;
	while (start < end && is_decoration(text[start]))
		start++;
	if (is_word(text + start, len - start) || is_word(text + start, end - start))
		return true;
	/* The long list holds short words, too: what is mostly something else is not one of them.
	 */
	return 2 * (end - start) >= len && is_listed(text + start, end - start);
}
