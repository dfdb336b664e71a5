/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/cmocka_all.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/chan.h"
#include "base/messages.h"

struct world {
	struct loop *loop;
	int ours;
	struct chan *chan;
	int messages, closes;
	enum err answer;
	char text[64];
};

static enum err on_message(void *arg, struct chan *chan, struct chan_msg *msg)
{
	struct world *world = arg;
	int fd = chan_take_fd(msg, 0);

	(void)chan;
	world->messages++;
	if (fd >= 0) {
		ssize_t got = read(fd, world->text, sizeof(world->text) - 1);
		world->text[got > 0 ? got : 0] = '\0';
		close(fd);
	}
	return world->answer;
}

static void on_closed(void *arg, struct chan *chan)
{
	struct world *world = arg;

	world->closes++;
	chan_free(chan);
	world->chan = NULL;
}

static int setup(void **state)
{
	static struct world world;
	int fds[2];

	memset(&world, 0, sizeof(world));
	world.loop = loop_new();
	assert_int_equal(chan_pair(fds), ERR_OK);
	world.ours = fds[0];
	world.chan = chan_new(world.loop, fds[1], 4, on_message, on_closed, &world);
	*state = &world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	chan_free(world->chan);
	loop_free(world->loop);
	if (world->ours >= 0)
		close(world->ours);
	return 0;
}

static void a_message_brings_its_descriptor(void **state)
{
	struct world *world = *state;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "secret", 6), 6);
	assert_int_equal(chan_send(world->ours, 9, 1, "x", 1, ends, 1, 1000), ERR_OK);
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(loop_once(world->loop, 1000), ERR_OK);
	assert_int_equal(world->messages, 1);
	assert_string_equal(world->text, "secret");
}

static void a_broken_frame_closes_the_channel(void **state)
{
	struct world *world = *state;
	static const uint8_t lies[13] = {0, 0, 0, 1, 0, 0, 0,
					 1, 0, 0, 0, 9, 0}; /* says 9, carries 1 */

	assert_int_equal(send(world->ours, lies, sizeof(lies), 0), (ssize_t)sizeof(lies));
	assert_int_equal(loop_once(world->loop, 1000), ERR_OK);
	assert_int_equal(world->messages, 0);
	assert_int_equal(world->closes, 1);
}

static void a_refused_message_closes_the_channel(void **state)
{
	struct world *world = *state;

	world->answer = ERR_DENIED;
	assert_int_equal(chan_send(world->ours, 9, 1, NULL, 0, NULL, 0, 1000), ERR_OK);
	assert_int_equal(loop_once(world->loop, 1000), ERR_OK);
	assert_int_equal(world->closes, 1);
}

static void a_stopped_peer_fills_a_bounded_queue(void **state)
{
	struct world *world = *state;
	static uint8_t big[100 * 1024];
	enum err err = ERR_OK;
	int sent = 0;

	while (err == ERR_OK && sent < 1000) {
		err = chan_post(world->chan, 1, 0, big, sizeof(big), NULL, 0);
		sent += err == ERR_OK;
	}
	assert_int_equal(err, ERR_LIMIT);
	struct buf scratch;
	struct chan_msg msg;
	buf_init(&scratch, 2 * CHAN_PAYLOAD_MAX);
	for (int got = 0; got < sent; got++) { /* nothing that was accepted is lost */
		assert_int_equal(loop_once(world->loop, 0), ERR_OK);
		assert_int_equal(chan_receive(world->ours, &scratch, &msg, 1000), ERR_OK);
		assert_int_equal(msg.len, sizeof(big));
	}
	buf_clear(&scratch);
}

static enum err row_handler(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	const struct msg_broker_dial *dial = message;

	(void)chan;
	(void)msg;
	*(struct uuid *)arg = dial->session_id;
	return ERR_OK;
}

static void the_table_refuses_what_it_does_not_list(void **state)
{
	static const struct chan_row rows[] = {{MSG_BROKER_DIAL, "dial", &msg_broker_dial_codec,
						sizeof(struct msg_broker_dial), 0, 0, row_handler}};
	struct uuid id = uuid_v7(), seen = {0};
	struct chan_msg msg = {.type = MSG_BROKER_DIAL, .data = id.b, .len = 16};

	(void)state;
	assert_int_equal(chan_dispatch(rows, 1, &seen, NULL, &msg), ERR_OK);
	assert_true(uuid_equal(&id, &seen));
	msg.len = 15;
	assert_int_equal(chan_dispatch(rows, 1, &seen, NULL, &msg), ERR_INPUT);
	msg.len = 16;
	msg.nfds = 1; /* a descriptor nobody asked for */
	assert_int_equal(chan_dispatch(rows, 1, &seen, NULL, &msg), ERR_INPUT);
	msg.nfds = 0;
	msg.type = MSG_BROKER_READY;
	assert_int_equal(chan_dispatch(rows, 1, &seen, NULL, &msg), ERR_DENIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_message_brings_its_descriptor, setup, teardown),
		cmocka_unit_test_setup_teardown(a_broken_frame_closes_the_channel, setup, teardown),
		cmocka_unit_test_setup_teardown(a_refused_message_closes_the_channel, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_stopped_peer_fills_a_bounded_queue, setup,
						teardown),
		cmocka_unit_test(the_table_refuses_what_it_does_not_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
