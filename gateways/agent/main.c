/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "gateways/agent/agent.h"
#include "gateways/agent/confine.h"
#include "gateways/agent/enrol.h"

enum { TOKEN_MAX = 128, TOKEN_WAIT_MS = 60000, FIRST_DELAY_MS = 3000, STATUS_MAX = 4096 };
#define LOCK_LOOK_US INT64_C(500000)
enum { EXIT_USAGE = 2, EXIT_REVOKED = 3, STATUS_FRESH_S = 120 };

struct options {
	const char *server, *token_file, *pin, *state, *proxy, *proxy_login_file;
	bool token_stdin;
	int first_delay_ms;
	struct ranges ranges;
};

static const struct option long_options[] = {
	{"server", required_argument, NULL, 's'},
	{"token-file", required_argument, NULL, 't'},
	{"token-stdin", no_argument, NULL, 'i'},
	{"ca-sha256", required_argument, NULL, 'c'},
	{"state", required_argument, NULL, 'd'},
	{"proxy", required_argument, NULL, 'p'},
	{"proxy-login-file", required_argument, NULL, 'l'},
	{"allow", required_argument, NULL, 'a'},
	{"first-delay-ms", required_argument, NULL, 'f'},
	{NULL, 0, NULL, 0},
};

static int usage(void)
{
	(void)fputs("usage: sekisho-gateway enrol --server HOST[:PORT] (--token-file FILE | "
		    "--token-stdin)\n"
		    "                             --ca-sha256 HEX --state DIR\n"
		    "                             [--proxy HOST:PORT [--proxy-login-file FILE]]\n"
		    "       sekisho-gateway run --state DIR [--allow CIDR]... "
		    "[--first-delay-ms N]\n"
		    "       sekisho-gateway status --state DIR\n"
		    "       sekisho-gateway lock | unlock --state DIR\n",
		    stderr);
	return EXIT_USAGE;
}

static bool parse_options(int argc, char **argv, struct options *out)
{
	int option;

	out->first_delay_ms = FIRST_DELAY_MS;
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (option) {
		case 's': out->server = optarg; break;
		case 't': out->token_file = optarg; break;
		case 'i': out->token_stdin = true; break;
		case 'c': out->pin = optarg; break;
		case 'd': out->state = optarg; break;
		case 'p': out->proxy = optarg; break;
		case 'l': out->proxy_login_file = optarg; break;
		case 'f': out->first_delay_ms = (int)strtol(optarg, NULL, 10); break;
		case 'a':
			if (!range_add(&out->ranges, optarg)) {
				(void)fprintf(stderr, "--allow %s: not an address range\n", optarg);
				return false;
			}
			break;
		default: return false;
		}
	}
	return optind == argc && out->state && out->first_delay_ms >= 0;
}

static int failed(const struct ctx *ctx)
{
	(void)fprintf(stderr, "sekisho-gateway: %s\n", ctx->error.text);
	return EXIT_FAILURE;
}

static enum err read_token(struct ctx *ctx, const struct options *options, struct secret **out)
{
	int fd = options->token_stdin ? STDIN_FILENO
				      : open(options->token_file, O_RDONLY | O_CLOEXEC);
	enum err err;
	size_t len;

	if (fd < 0)
		return err_set(ctx, ERR_IO, "%s: %s", options->token_file, strerror(errno));
	err = secret_read_fd(fd, TOKEN_MAX, TOKEN_WAIT_MS, out);
	if (fd != STDIN_FILENO)
		close(fd);
	if (err)
		return err_set(ctx, err, "the token cannot be read");
	for (len = secret_len(*out); len && secret_bytes(*out)[len - 1] <= ' '; len--)
		;
	secret_truncate(*out, len);
	return len ? ERR_OK : err_set(ctx, ERR_INPUT, "the token is empty");
}

static int command_enrol(struct ctx *ctx, const struct options *options)
{
	struct enrol enrol = {.server = options->server,
			      .dir = options->state,
			      .proxy_text = options->proxy,
			      .proxy_login_file = options->proxy_login_file};
	enum err err = ERR_OK;

	if ((options->proxy_login_file && !options->proxy) || !options->server || !options->pin ||
	    !options->token_file == !options->token_stdin || strlen(options->pin) != 64 ||
	    !hex_decode(options->pin, enrol.ca_sha256, 32))
		return usage();
	if (options->proxy)
		err = proxy_read(ctx, options->proxy, options->proxy_login_file, &enrol.proxy);
	if (err == ERR_OK)
		err = read_token(ctx, options, &enrol.token);
	if (err == ERR_OK)
		err = enrol_run(ctx, &enrol);
	secret_free(enrol.token);
	proxy_clear(&enrol.proxy);
	if (err)
		return failed(ctx);
	(void)printf("enrolled: run `sekisho-gateway run --state %s`\n", options->state);
	return EXIT_SUCCESS;
}

void agent_status(struct agent *agent)
{
	char path[STATE_PATH_MAX], time[TIME_TEXT_SIZE], expires[TIME_TEXT_SIZE];
	bool online = agent->links[0] && agent->links[1] &&
		      strcmp(link_state(agent->links[0]), "up") == 0 &&
		      strcmp(link_state(agent->links[1]), "up") == 0;
	struct buf text;

	buf_init(&text, STATUS_MAX);
	time_format(sys_real_us(), time);
	time_format(agent->state.certificate_expires, expires);
	buf_printf(&text, "state=%s\nupdated=%s\nserver=%s:%u\n",
		   agent->stopped ? "stopped"
		   : online	  ? "online"
				  : "connecting",
		   time, agent->state.host, agent->state.port);
	for (size_t i = 0; i < AGENT_LINKS; i++) {
		if (agent->links[i])
			buf_printf(&text, "%s=%s\n",
				   gateway_class_name(link_class(agent->links[i])),
				   link_state(agent->links[i]));
	}
	buf_printf(&text, "locked=%s\nrefused=%s\n", agent->locked ? "yes" : "no", agent->reason);
	buf_printf(&text, "policy_version=%llu\ncertificate_expires=%s\nversion=%s\n",
		   (unsigned long long)policy_version(agent->policy), expires, SEKISHO_VERSION);
	state_path(agent->state.dir, "status", path);
	if (buf_failed(&text) || sys_replace_file(path, text.data, text.len, 0644))
		log_event(LOG_LEVEL_WARN, NULL, "status_not_written", "path", path, NULL);
	buf_clear(&text);
}

static int command_status(struct ctx *ctx, const struct options *options)
{
	char path[STATE_PATH_MAX], stamp[TIME_TEXT_SIZE] = "";
	int64_t updated = 0;
	struct buf text;
	uint8_t *data;
	size_t len;
	bool online;

	state_path(options->state, "status", path);
	if (sys_read_file(path, STATUS_MAX, &data, &len)) {
		(void)err_set(ctx, ERR_NOT_FOUND, "%s: not there; is the gateway running?", path);
		return failed(ctx);
	}
	buf_init(&text, STATUS_MAX + 1);
	buf_put(&text, data, len);
	free(data);
	(void)fputs(buf_text(&text), stdout);
	online = strncmp(buf_text(&text), "state=online\n", 13) == 0;
	if (sscanf(buf_text(&text), "%*[^\n]\nupdated=%27s", stamp) == 1)
		(void)time_parse(stamp, &updated);
	buf_clear(&text);
	if (sys_real_us() - updated > STATUS_FRESH_S * INT64_C(1000000)) {
		(void)fputs("stale: the gateway does not seem to run\n", stdout);
		return EXIT_FAILURE;
	}
	return online ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int command_lock(struct ctx *ctx, const struct options *options, bool locked)
{
	enum err err = lock_set(ctx, options->state, locked);

	if (err)
		return failed(ctx);
	(void)puts(locked ? "locked: open sessions end within two seconds, none is opened"
			  : "unlocked");
	return EXIT_SUCCESS;
}

static void stop_signal(void *arg, int fd, uint32_t events)
{
	struct agent *agent = arg;
	struct signalfd_siginfo info;

	(void)events;
	if (read(fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return; /* woken for nothing: level-triggered, so a real signal comes again */
	if (info.ssi_signo == SIGHUP) {
		renewer_now(agent->renewer);
		return;
	}
	log_event(LOG_LEVEL_INFO, NULL, "stopping", NULL);
	loop_stop(agent->loop);
}

static int signals_open(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static enum err agent_open(struct ctx *ctx, struct agent *agent, const struct options *options)
{
	enum err err = state_load(ctx, options->state, &agent->state);

	if (err)
		return err;
	err = identity_load(ctx, options->state, &agent->state.gateway_id, &agent->identity);
	if (err)
		return err;
	agent->ranges = options->ranges;
	agent->first_delay_ms = options->first_delay_ms;
	agent->boot_id = uuid_random();
	if ((err = proxy_load(ctx, options->state, &agent->proxy)))
		return err;
	agent->policy = policy_new(options->state, &agent->state.gateway_id, &agent->boot_id,
				   agent->state.grant_key);
	agent->loop = loop_new();
	if (!agent->policy || !agent->loop)
		return err_set(ctx, ERR_MEMORY, "out of memory");
	err = policy_load(ctx, agent->policy);
	if (err && err != ERR_NOT_FOUND)
		log_failure(ctx, "policy_not_loaded");
	err = witness_load(ctx, &agent->witness, options->state);
	if (err && err != ERR_NOT_FOUND) /* a new one must not take the place of a damaged one */
		return err;
	return ERR_OK;
}

static void look_at_lock(void *arg)
{
	struct agent *agent = arg;
	bool locked = lock_is_set(agent->state.dir);

	loop_timer_set(agent->lock_timer, LOCK_LOOK_US);
	if (locked == agent->told_locked)
		return;
	agent->locked = agent->told_locked = locked;
	log_event(LOG_LEVEL_WARN, NULL, locked ? "locked" : "unlocked", NULL);
	for (size_t i = 0; locked && i < AGENT_LINKS; i++) {
		if (agent->links[i] && link_class(agent->links[i]) != GATEWAY_CONTROL)
			link_cut(agent->links[i], "locked");
	}
	monitor_beat(agent->monitor);
	agent_status(agent);
}

bool agent_watch_lock(struct agent *agent)
{
	agent->lock_timer = loop_timer_new(agent->loop, look_at_lock, agent);
	if (agent->lock_timer)
		look_at_lock(agent);
	return agent->lock_timer;
}

/* identity.pem is another one now: new connections show it, old ones end when they are idle. */
static void take_identity(void *arg)
{
	struct agent *agent = arg;
	struct state fresh;
	struct ctx ctx;

	ctx_init(&ctx, NULL);
	if (state_load(&ctx, agent->state.dir, &fresh)) {
		log_failure(&ctx, "identity_not_loaded");
		return;
	}
	state_clear(&agent->state);
	agent->state = fresh;
	renewer_plan(agent->renewer, fresh.certificate_begins, fresh.certificate_expires);
	for (size_t i = 0; i < AGENT_LINKS; i++)
		link_age(agent->links[i]);
	agent_status(agent);
}

static enum err agent_start(struct ctx *ctx, struct agent *agent)
{
	agent->resolver = resolver_new(agent->loop);
	agent->links[0] = link_new(agent, GATEWAY_CONTROL, 0);
	agent->links[1] = link_new(agent, GATEWAY_INTERACTIVE, 0);
	agent->monitor = monitor_new(agent);
	agent->renewer =
		renewer_new(agent->loop, agent->state.dir, &agent->proxy, take_identity, agent);
	if (!agent->resolver || !agent->links[0] || !agent->links[1] || !agent->monitor ||
	    !agent->renewer || !agent_watch_lock(agent))
		return err_set(ctx, ERR_MEMORY, "out of memory");
	renewer_plan(agent->renewer, agent->state.certificate_begins,
		     agent->state.certificate_expires);
	return ERR_OK;
}

static void agent_close(struct agent *agent)
{
	renewer_free(agent->renewer);
	/* The monitor last: a link that ends tells it that its stream is gone. */
	for (size_t i = 0; i < AGENT_LINKS; i++) {
		link_free(agent->links[i]);
		agent->links[i] = NULL;
	}
	monitor_free(agent->monitor);
	loop_timer_free(agent->lock_timer);
	resolver_free(agent->resolver);
	policy_free(agent->policy);
	proxy_clear(&agent->proxy);
	state_clear(&agent->state);
	loop_free(agent->loop);
}

/* A descriptor for each session, and a few more. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int command_run(struct ctx *ctx, const struct options *options)
{
	int signals = signals_open();
	struct agent agent = {0};
	struct loop_fd *watched = NULL;
	enum err err = agent_open(ctx, &agent, options);
	bool stopped;

	raise_limit();
	if (err == ERR_OK)
		err = confine_files(ctx, options->state);
	if (err == ERR_OK)
		err = agent_start(ctx, &agent);
	if (err == ERR_OK)
		err = confine_calls(ctx, options->state);
	if (err == ERR_OK)
		watched = loop_fd_add(agent.loop, signals, EPOLLIN, stop_signal, &agent);
	if (err == ERR_OK && !watched)
		err = err_set(ctx, ERR_MEMORY, "out of memory");
	if (err == ERR_OK) {
		log_event(LOG_LEVEL_INFO, ctx, "started", "server", agent.state.host, NULL);
		err = loop_run(agent.loop);
	}
	if (watched)
		loop_fd_remove(watched);
	stopped = agent.stopped;
	agent_close(&agent);
	if (err)
		return failed(ctx);
	return stopped ? EXIT_REVOKED : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct options options = {0};
	struct ctx ctx;

	ctx_init(&ctx, NULL);
	log_setup("gateway", LOG_LEVEL_INFO);
	if (argc < 2 || !parse_options(argc - 1, argv + 1, &options))
		return usage();
	if (strcmp(argv[1], "enrol") == 0)
		return command_enrol(&ctx, &options);
	if (strcmp(argv[1], "run") == 0)
		return command_run(&ctx, &options);
	if (strcmp(argv[1], "status") == 0)
		return command_status(&ctx, &options);
	if (strcmp(argv[1], "lock") == 0 || strcmp(argv[1], "unlock") == 0)
		return command_lock(&ctx, &options, argv[1][0] == 'l');
	return usage();
}
