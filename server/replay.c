/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sessions/replay/replay.h"

#include "base/log.h"
#include "sessions/job.h"
#include "sessions/recording.h"

static const struct sandbox_spec spec = {
	.role = "replay",
	.allow = SANDBOX_SEEK,
};

int main(int argc, char **argv)
{
	int control = job_start("replay", argc, argv);
	enum err err;

	if (recording_warm_up() != ERR_OK) {
		log_event(LOG_LEVEL_ERROR, NULL, "warm_up_failed", NULL);
		return 1;
	}
	job_confine(&spec);
	err = replay_serve(control);
	/* A reader who goes away is no fault. */
	if (err != ERR_OK && err != ERR_IO)
		log_event(LOG_LEVEL_ERROR, NULL, "replay_failed", "error", err_code(err), NULL);
	return err == ERR_OK ? 0 : 1;
}
