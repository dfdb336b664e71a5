/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/role.h"
#include "tests/containment/attack.h"

/* Attempts that need more than one system call, or a path of the installation. */

static int result_of(int fd)
{
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* ------------------------------------------------------------------ files */

static int open_in_data(const struct attack *attack, const char *name, int flags)
{
	char path[300];

	if (attack->plan->data[0] == 0)
		return UNPREPARED;
	(void)snprintf(path, sizeof(path), "%s/%s", attack->plan->data, name);
	return result_of(open(path, flags | O_CLOEXEC, 0600));
}

static int root_key(const struct attack *attack)
{
	return open_in_data(attack, "keys/root.key", O_RDONLY);
}
static int keeper_state(const struct attack *attack)
{
	return open_in_data(attack, "state/keeper.state", O_RDWR);
}
static int database_files(const struct attack *attack)
{
	return open_in_data(attack, "db/data/ibdata1", O_RDONLY);
}
static int recordings(const struct attack *attack)
{
	return open_in_data(attack, "recordings", O_RDONLY | O_DIRECTORY);
}
static int forged_recording(const struct attack *attack)
{
	return open_in_data(attack, "recordings/forged.rec", O_WRONLY | O_CREAT);
}
static int checkpoints(const struct attack *attack)
{
	return open_in_data(attack, "checkpoints/forged", O_WRONLY | O_CREAT);
}
static int console(const struct attack *attack)
{
	return open_in_data(attack, "run", O_RDONLY | O_DIRECTORY);
}
static int machines_files(const struct attack *attack)
{
	(void)attack;
	return result_of(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}
static int write_outside(const struct attack *attack)
{
	(void)attack;
	return result_of(open("/tmp/sekisho-attack", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}
static int write_shared_memory(const struct attack *attack)
{
	(void)attack;
	return result_of(open("/dev/shm/sekisho-attack", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}
static int kernels_files(const struct attack *attack)
{
	(void)attack;
	return result_of(open("/proc/cmdline", O_RDONLY | O_CLOEXEC));
}
static int look_at_a_file(const struct attack *attack)
{
	struct stat st;

	(void)attack;
	return stat("/etc/passwd", &st) != 0 ? errno : 0;
}

static int process_file(const struct attack *attack, const char *name, int flags)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)attack->sibling, name);
	return result_of(open(path, flags | O_CLOEXEC));
}
static int siblings_memory_file(const struct attack *attack)
{
	return process_file(attack, "mem", O_RDWR);
}
static int siblings_environment(const struct attack *attack)
{
	return process_file(attack, "environ", O_RDONLY);
}
static int siblings_descriptors(const struct attack *attack)
{
	return process_file(attack, "fd", O_RDONLY | O_DIRECTORY);
}
static int own_memory_file(const struct attack *attack)
{
	(void)attack;
	return result_of(open("/proc/self/mem", O_RDWR | O_CLOEXEC));
}

/* ------------------------------------------------------------------ sockets */

static int tcp(const struct attack *attack)
{
	scoped(fd_close_p) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(attack->plan->outside_port)};

	if (inet_pton(AF_INET, attack->plan->outside, &to.sin_addr) != 1)
		return UNPREPARED;
	if (fd < 0)
		return errno;
	return connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0 ? errno : 0;
}

static int udp(const struct attack *attack)
{
	scoped(fd_close_p) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(attack->plan->outside_port)};

	if (inet_pton(AF_INET, attack->plan->outside, &to.sin_addr) != 1)
		return UNPREPARED;
	if (fd < 0)
		return errno;
	return sendto(fd, "x", 1, 0, (const struct sockaddr *)&to, sizeof(to)) != 1 ? errno : 0;
}

static int family(int domain, int type)
{
	return result_of(socket(domain, type | SOCK_CLOEXEC, 0));
}
static int tcp6(const struct attack *attack)
{
	(void)attack;
	return family(AF_INET6, SOCK_STREAM);
}
static int raw(const struct attack *attack)
{
	(void)attack;
	return family(AF_INET, SOCK_RAW);
}
static int netlink(const struct attack *attack)
{
	(void)attack;
	return family(AF_NETLINK, SOCK_RAW);
}
static int packets(const struct attack *attack)
{
	(void)attack;
	return family(AF_PACKET, SOCK_RAW);
}
static int virtual_machine(const struct attack *attack)
{
	(void)attack;
	return family(AF_VSOCK, SOCK_STREAM);
}
static int kernel_cipher(const struct attack *attack)
{
	(void)attack;
	return family(AF_ALG, SOCK_SEQPACKET);
}

/* Takes the listening socket back to its beginning, then connects it without connect(2). */
static int fast_open(const struct attack *attack)
{
	int fd = role_fd("listen");
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(attack->plan->outside_port)};

	if (fd < 0 || inet_pton(AF_INET, attack->plan->outside, &to.sin_addr) != 1)
		return UNPREPARED;
	if (shutdown(fd, SHUT_RD) != 0)
		return errno;
	if (sendto(fd, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, (const struct sockaddr *)&to,
		   sizeof(to)) >= 0 ||
	    errno == EINPROGRESS)
		return 0;
	return errno;
}

/* A port of one's own, where people might come. */
static int take_a_port(const struct attack *attack)
{
	scoped(fd_close_p) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const struct sockaddr_in any = {.sin_family = AF_INET};

	(void)attack;
	if (fd < 0)
		return errno;
	return bind(fd, (const struct sockaddr *)&any, sizeof(any)) != 0 ? errno : 0;
}

/* Programs of this machine listen at such sockets: D-Bus, container daemons, agents. */
static int unix_connect(const char *path, bool abstract)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t len = strlen(path);

	scoped(fd_close_p) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	if (len == 0 || len + abstract > sizeof(to.sun_path))
		return UNPREPARED;
	memcpy(to.sun_path + abstract, path, len);
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + abstract + len);
	return connect(fd, (const struct sockaddr *)&to, size) != 0 ? errno : 0;
}
static int others_socket(const struct attack *attack)
{
	return unix_connect(attack->plan->unix_path, false);
}
static int others_abstract_socket(const struct attack *attack)
{
	return unix_connect(attack->plan->abstract, true);
}

static int datagram_to_a_path(const struct attack *attack)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	(void)snprintf(to.sun_path, sizeof(to.sun_path), "%s", attack->plan->unix_datagram);
	scoped(fd_close_p) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	return sendto(fd, "x", 1, 0, (const struct sockaddr *)&to, sizeof(to)) != 1 ? errno : 0;
}

static int datagram_to(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int pair[2];

	if (path[0] == 0)
		return UNPREPARED;
	(void)snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) != 0)
		return errno;
	ssize_t sent = sendto(pair[0], "x", 1, 0, (const struct sockaddr *)&to, sizeof(to));
	int why = sent == 1 ? 0 : errno;
	close(pair[0]);
	close(pair[1]);
	return why;
}
static int datagram_from_a_pair(const struct attack *attack)
{
	return datagram_to(attack->plan->unix_datagram);
}

static int raw_pair(const struct attack *attack)
{
	int pair[2];

	(void)attack;
	if (socketpair(AF_UNIX, SOCK_RAW | SOCK_CLOEXEC, 0, pair) != 0)
		return errno;
	close(pair[0]);
	close(pair[1]);
	return 0;
}

/* ------------------------------------------------------------------ what is recorded already */

/* The recording of this session: the only plain file that a broker or replay process has. */
static int recording_fd(void)
{
	struct stat st;

	for (int fd = 3; fd < 64; fd++)
		if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
			return fd;
	return -1;
}

static int cut_recording(const struct attack *attack)
{
	int fd = recording_fd();

	(void)attack;
	if (fd < 0)
		return UNPREPARED;
	return ftruncate(fd, 0) != 0 ? errno : 0;
}
static int go_back_in_recording(const struct attack *attack)
{
	int fd = recording_fd();

	(void)attack;
	if (fd < 0)
		return UNPREPARED;
	return lseek(fd, 0, SEEK_SET) != 0 ? errno : 0;
}
static int write_back_in_recording(const struct attack *attack)
{
	int fd = recording_fd();

	(void)attack;
	if (fd < 0)
		return UNPREPARED;
	return pwrite(fd, "forged", 6, 0) != 6 ? errno : 0;
}
static int map_recording(const struct attack *attack)
{
	int fd = recording_fd();

	(void)attack;
	if (fd < 0)
		return UNPREPARED;
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return page == MAP_FAILED ? errno : 0;
}
static int write_recording(const struct attack *attack)
{
	int fd = recording_fd();

	(void)attack;
	if (fd < 0)
		return UNPREPARED;
	return write(fd, "forged", 6) != 6 ? errno : 0;
}
static int reopen_recording(const struct attack *attack)
{
	char path[32];
	int fd = recording_fd();

	(void)attack;
	if (fd < 0)
		return UNPREPARED;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return result_of(open(path, O_RDWR | O_CLOEXEC));
}
static int punch_recording(const struct attack *attack)
{
	int fd = recording_fd();

	(void)attack;
	if (fd < 0)
		return UNPREPARED;
	return fallocate(fd, 3, 0, 4096) != 0 ? errno : 0; /* keep size, punch a hole */
}

/* ------------------------------------------------------------------ the rest */

static int run_a_program(const struct attack *attack)
{
	static char name[] = "true";
	char *const arguments[] = {name, NULL};

	(void)attack;
	return execve("/bin/true", arguments, arguments + 1) != 0 ? errno : 0;
}

static int type_into_a_terminal(const struct attack *attack)
{
	(void)attack;
	return ioctl(STDIN_FILENO, TIOCSTI, "x") != 0 ? errno : 0;
}

/* The kernel then sends the signal, as this user, when the descriptor becomes ready. */
static int signal_by_descriptor(const struct attack *attack)
{
	return fcntl(STDERR_FILENO, F_SETOWN, (int)attack->sibling) != 0 ? errno : 0;
}

enum {
	NO_SOCKETS = IN_SERVER & ~(unsigned)(IN_DATABASE | IN_NETWORK),
	NO_NETWORK = IN_SERVER & ~(unsigned)IN_NETWORK,
	WITH_FILES = IN_WORKER | IN_NETWORK, /* their calls name paths: only Landlock knows which */
};

#define TRY(name_, roles_, flags_, function_, ...)                                               \
	{                                                                                        \
		.name = (name_), .roles = (roles_), .flags = (flags_), .refused = {__VA_ARGS__}, \
		.run = (function_)                                                               \
	}
/* Refused by Landlock of that ABI and of every later one, and by nothing else. */
#define TRY_FROM(abi_, open_, name_, roles_, flags_, function_, ...)                             \
	{                                                                                        \
		.name = (name_), .roles = (roles_), .flags = (flags_), .refused = {__VA_ARGS__}, \
		.run = (function_), .open_roles = (open_), .open_below_abi = (abi_)              \
	}

const struct attempt kernel_attempts[] = {
	TRY("read_the_root_key", IN_SERVER, 0, root_key, ENOENT, EACCES),
	TRY("change_the_keepers_memory", IN_SERVER, 0, keeper_state, ENOENT, EACCES),
	TRY("read_the_database_files", IN_SERVER, 0, database_files, ENOENT, EACCES),
	TRY("read_recordings", IN_SERVER & ~(unsigned)IN_WORKER, 0, recordings, ENOENT, EACCES),
	TRY("forge_a_recording", IN_SERVER, 0, forged_recording, ENOENT, EACCES),
	TRY("forge_a_checkpoint", IN_SERVER & ~(unsigned)IN_WORKER, 0, checkpoints, ENOENT, EACCES),
	TRY("find_the_console", IN_SERVER, 0, console, ENOENT, EACCES),
	TRY_FROM(1, IN_WORKER, "read_the_machines_files", NO_NETWORK, PLAIN, machines_files, ENOENT,
		 EACCES),
	TRY_FROM(1, WITH_FILES, "read_the_kernels_files", IN_ALL, PLAIN, kernels_files, ENOENT,
		 EACCES),
	TRY_FROM(1, WITH_FILES, "write_outside", IN_ALL, PLAIN, write_outside, ENOENT, EACCES),
	TRY_FROM(1, WITH_FILES, "write_shared_memory", IN_ALL, PLAIN, write_shared_memory, ENOENT,
		 EACCES),
	TRY("look_at_a_file", NO_SOCKETS | IN_WEB, PLAIN, look_at_a_file, ENOENT),
	TRY_FROM(1, IN_GATEWAY, "open_a_siblings_memory", IN_ALL, 0, siblings_memory_file, ENOENT,
		 EACCES),
	TRY_FROM(1, IN_GATEWAY, "open_a_siblings_environment", IN_ALL, 0, siblings_environment,
		 ENOENT, EACCES),
	TRY_FROM(1, IN_GATEWAY, "open_a_siblings_descriptors", IN_ALL, 0, siblings_descriptors,
		 ENOENT, EACCES),
	TRY("open_ones_own_memory", IN_ALL, 0, own_memory_file, ENOENT, EACCES),
	TRY("connect_outside", NO_NETWORK, PLAIN, tcp, EAFNOSUPPORT),
	TRY("send_outside", NO_NETWORK, PLAIN, udp, EAFNOSUPPORT, ESOCKTNOSUPPORT),
	TRY("socket_inet6", NO_NETWORK, PLAIN, tcp6, EAFNOSUPPORT),
	TRY("socket_raw", IN_ALL, 0, raw, EAFNOSUPPORT, ESOCKTNOSUPPORT),
	TRY("socket_netlink", NO_NETWORK, PLAIN, netlink, EAFNOSUPPORT, ESOCKTNOSUPPORT),
	TRY("socket_packet", IN_ALL, 0, packets, EAFNOSUPPORT, ESOCKTNOSUPPORT),
	TRY("socket_virtual_machine", IN_ALL, 0, virtual_machine, EAFNOSUPPORT),
	TRY("socket_kernel_cipher", IN_ALL, 0, kernel_cipher, EAFNOSUPPORT, ESOCKTNOSUPPORT),
	TRY_FROM(4, IN_NETWORK, "take_a_port", IN_ALL, PLAIN, take_a_port, EAFNOSUPPORT, EACCES),
	TRY_FROM(ANY_ABI, IN_DATABASE, "connect_to_anothers_socket", IN_ALL, 0, others_socket,
		 EAFNOSUPPORT),
	TRY_FROM(6, IN_DATABASE, "connect_to_anothers_abstract_socket", IN_ALL, 0,
		 others_abstract_socket, EAFNOSUPPORT, EPERM),
	TRY("datagram_to_a_socket", IN_ALL, PLAIN, datagram_to_a_path, EAFNOSUPPORT,
	    ESOCKTNOSUPPORT),
	TRY("connect_outside_without_connect", IN_EDGE, ALONE, fast_open, EPERM),
	TRY("datagram_from_a_pair", IN_SERVER, PLAIN, datagram_from_a_pair, ESOCKTNOSUPPORT, DEATH),
	TRY("raw_pair", IN_SERVER, PLAIN, raw_pair, ESOCKTNOSUPPORT, DEATH),
	TRY("cut_ones_recording", IN_SESSION, 0, cut_recording, DEATH),
	TRY("go_back_in_ones_recording", IN_BROKER, 0, go_back_in_recording, ESPIPE),
	TRY("write_into_ones_recording", IN_REPLAY, 0, write_recording, EBADF),
	TRY("reopen_ones_recording", IN_SESSION, 0, reopen_recording, ENOENT),
	TRY("write_back_in_ones_recording", IN_SESSION, 0, write_back_in_recording, DEATH),
	TRY("map_ones_recording", IN_SESSION, 0, map_recording, EACCES),
	TRY("punch_a_hole_in_ones_recording", IN_SESSION, 0, punch_recording, DEATH),
	TRY("run_a_program", IN_ALL, ALONE, run_a_program, EPERM),
	TRY("type_into_a_terminal", IN_ALL, 0, type_into_a_terminal, ENOTTY),
	TRY("signal_by_descriptor", IN_ALL, PLAIN, signal_by_descriptor, DEATH),
	{0},
};
