/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sessions/broker/broker.h"

#include "base/log.h"
#include "sessions/job.h"

/* Everything comes through the control channel: no files, no sockets of its own. */
static const struct sandbox_spec spec = {
	.role = "broker",
	.allow = SANDBOX_APPEND,
};

int main(int argc, char **argv)
{
	int control = job_start("broker", argc, argv);

	if (broker_warm_up() != ERR_OK) {
		log_event(LOG_LEVEL_ERROR, NULL, "warm_up_failed", NULL);
		return 1;
	}
	job_confine(&spec);
	return broker_run(control) == ERR_OK ? 0 : 1;
}
