/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/containment/attack.h"

/* Attempts that are one system call. Arguments are harmless where the call would be carried out. */

#define N(number) ((const void *)(uintptr_t)(number))
#define SIBLING	  ((const void *)&attack_sibling)

#define CALL_BY(name_, flags_, refusal_, number_, ...)                                        \
	{                                                                                     \
		.name = (name_), .roles = IN_ALL, .flags = (flags_), .refused = {(refusal_)}, \
		.number = (number_), .arguments = {                                           \
			__VA_ARGS__                                                           \
		}                                                                             \
	}
#define CALL(name_, flags_, ...) CALL_BY(name_, flags_, DEATH, __VA_ARGS__)

static char scratch[512];
static const struct iovec here = {scratch, 16}, there = {(void *)0x400000, 16};
static const struct rlimit none = {0, 0};
static const struct __user_cap_header_struct caps_header = {_LINUX_CAPABILITY_VERSION_3, 0};
static const struct __user_cap_data_struct caps[2];
static const uint32_t action = SECCOMP_RET_ERRNO;
static const char zeros[512];
static const struct sched_param priority = {0};
static const struct clone_args child = {.exit_signal = 17};
static const union bpf_attr map = {
	.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};

const struct attempt call_attempts[] = {
	CALL("trace_a_sibling", 0, SYS_ptrace, N(PTRACE_SEIZE), SIBLING),
	CALL("trace_oneself", ALONE, SYS_ptrace, N(PTRACE_TRACEME)),
	CALL("read_a_siblings_memory", 0, SYS_process_vm_readv, SIBLING, &here, N(1), &there, N(1)),
	CALL("write_a_siblings_memory", 0, SYS_process_vm_writev, SIBLING, &here, N(1), &there,
	     N(1)),
	CALL("advise_a_siblings_memory", 0, SYS_process_madvise, N(0), &here, N(1), N(MADV_COLD)),
	CALL("compare_with_a_sibling", 0, SYS_kcmp, SIBLING, SIBLING, N(0)),
	CALL("kill_a_sibling", 0, SYS_kill, SIBLING, N(0)),
	CALL("kill_everybody", 0, SYS_kill, N(-1), N(0)),
	CALL("signal_a_siblings_thread", 0, SYS_tgkill, SIBLING, SIBLING, N(0)),
	CALL("signal_a_thread", 0, SYS_tkill, SIBLING, N(0)),
	CALL("queue_a_signal", 0, SYS_rt_sigqueueinfo, SIBLING, N(0), scratch),
	CALL("handle_of_a_sibling", 0, SYS_pidfd_open, SIBLING),
	CALL("descriptor_of_a_sibling", 0, SYS_pidfd_getfd, N(0), N(0)),
	CALL("fork", PLAIN, SYS_fork, NULL),
	CALL("fork_by_clone", PLAIN, SYS_clone, N(17)),
	CALL_BY("fork_by_clone3", PLAIN, ENOSYS, SYS_clone3, &child, N(sizeof(child))),
	CALL("memory_as_a_file", PLAIN, SYS_memfd_create, "x"),
	CALL("hidden_memory", 0, SYS_memfd_secret, NULL),
	CALL_BY("executable_memory", PLAIN, EACCES, SYS_mmap, NULL, N(4096),
		N(PROT_READ | PROT_EXEC), N(MAP_PRIVATE | MAP_ANONYMOUS), N(-1)),
	CALL("keyed_memory", 0, SYS_pkey_mprotect, NULL, N(0), N(PROT_EXEC), N(-1)),
	CALL("shared_memory", 0, SYS_shmget, N(0x5e5e), N(0), N(0)),
	CALL("semaphores", 0, SYS_semget, N(0x5e5e), N(0), N(0)),
	CALL("message_queue", 0, SYS_msgget, N(0x5e5e), N(0)),
	CALL("named_message_queue", 0, SYS_mq_open, "sekisho", N(O_RDONLY), N(0)),
	CALL("io_uring", 0, SYS_io_uring_setup, N(4), scratch),
	CALL("asynchronous_io", 0, SYS_io_setup, N(1), zeros),
	CALL("user_fault_handling", 0, SYS_userfaultfd, N(1)),
	CALL("bpf", 0, SYS_bpf, N(BPF_MAP_CREATE), &map, N(sizeof(map))),
	CALL("performance_events", 0, SYS_perf_event_open, scratch, N(0), N(-1), N(-1)),
	CALL("read_a_key_ring", 0, SYS_keyctl, N(0), N(-3)),
	CALL("add_a_key", 0, SYS_add_key, "user", "x", "y", N(1), N(-3)),
	CALL("ask_for_a_key", 0, SYS_request_key, "user", "x", NULL, NULL),
	CALL("mount", 0, SYS_mount, "none", "/mnt", "tmpfs"),
	CALL("unmount", 0, SYS_umount2, "/"),
	CALL("open_a_tree", 0, SYS_open_tree, N(AT_FDCWD), "/", N(1)),
	CALL("open_a_file_system", 0, SYS_fsopen, "tmpfs"),
	CALL("change_root", 0, SYS_chroot, "/"),
	CALL("pivot_root", 0, SYS_pivot_root, ".", "."),
	CALL("enter_a_name_space", 0, SYS_setns, N(0), N(0)),
	CALL("change_folder", PLAIN, SYS_chdir, "/tmp"),
	CALL("change_folder_by_descriptor", 0, SYS_fchdir, N(0)),
	CALL("own_user", 0, SYS_setuid, N(0)),
	CALL("own_users", 0, SYS_setresuid, N(0), N(0), N(0)),
	CALL("own_groups", 0, SYS_setgroups, N(0), NULL),
	CALL("own_capabilities", 0, SYS_capset, &caps_header, caps),
	CALL_BY("own_limits", PLAIN, EPERM, SYS_prlimit64, N(0), N(RLIMIT_CORE), NULL, scratch),
	CALL("own_limits_the_old_way", PLAIN, SYS_setrlimit, N(RLIMIT_CORE), &none),
	CALL("own_priority", PLAIN, SYS_setpriority, N(0), N(0), N(19)),
	CALL("own_schedule", PLAIN, SYS_sched_setscheduler, N(0), N(0), &priority),
	CALL("own_filter", PLAIN, SYS_seccomp, N(2), N(0), &action),
	CALL_BY("own_dumps", PLAIN, EPERM, SYS_prctl, N(PR_SET_DUMPABLE), N(1)),
	CALL_BY("own_tracer", 0, EPERM, SYS_prctl, N(PR_SET_PTRACER), N(-1)),
	CALL("own_personality", PLAIN, SYS_personality, N(0xffffffff)),
	CALL("own_landlock", 0, SYS_landlock_restrict_self, N(-1)),
	CALL("ports", 0, SYS_ioperm, N(0), N(1), N(0)),
	CALL("clock", 0, SYS_clock_settime, N(0), scratch),
	CALL("host_name", 0, SYS_sethostname, "x", N(1)),
	CALL("kernel_module", 0, SYS_init_module, scratch, N(0), ""),
	CALL("kernel_log", 0, SYS_syslog, N(10)),
	CALL("reboot", 0, SYS_reboot, N(0), N(0), N(0)),
	CALL("accounting", 0, SYS_acct, "/nonexistent"),
	CALL("quotas", 0, SYS_quotactl, N(0), NULL),
	CALL("swap", 0, SYS_swapon, "/nonexistent"),
	CALL("file_by_handle", 0, SYS_open_by_handle_at, N(AT_FDCWD), scratch, N(0)),
	CALL("handle_of_a_file", 0, SYS_name_to_handle_at, N(AT_FDCWD), "/", scratch, scratch),
	CALL("watch_files", PLAIN, SYS_inotify_init1, N(0)),
	CALL("watch_all_files", 0, SYS_fanotify_init, N(0)),
	CALL("link", 0, SYS_linkat, N(AT_FDCWD), "/etc/passwd", N(AT_FDCWD), "/tmp/sekisho-link"),
	CALL("symbolic_link", PLAIN, SYS_symlinkat, "/etc/passwd", N(AT_FDCWD),
	     "/tmp/sekisho-link"),
	CALL("device_node", 0, SYS_mknodat, N(AT_FDCWD), "/tmp/sekisho-node", N(010600)),
	CALL("mode_of_a_file", 0, SYS_fchmodat, N(AT_FDCWD), "/tmp/sekisho-link", N(0777)),
	CALL("owner_of_a_file", 0, SYS_fchownat, N(AT_FDCWD), "/tmp/sekisho-link", N(0), N(0)),
	CALL("cut_a_file", 0, SYS_truncate, "/tmp/sekisho-link", N(0)),
	CALL("attributes_of_a_file", 0, SYS_setxattr, "/tmp/sekisho-link", "user.x", "y", N(1)),
	CALL("splice_descriptors", 0, SYS_splice, N(0), NULL, N(1), NULL, N(0)),
	CALL("file_to_socket", 0, SYS_sendfile, N(1), N(0), NULL, N(0)),
	CALL("listen", 0, SYS_listen, N(0), N(1)),
	{0},
};
