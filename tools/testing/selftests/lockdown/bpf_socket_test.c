// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: sockets that BPF programs hand to functions of TCP
 *
 * Faults of the kernel that let such a program change memory, at any level:
 * packets are given to sockets that are not of their kind, and the operations
 * of an algorithm are replaced without a reference.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>

#include "../kselftest.h"
#include "common.h"
#include "lib/bpf.h"
#include "lib/bpf_insn.h"

#define CONGESTION "tcp_congestion_ops"
#define ALGORITHM "lkd_tcp"
#define LOOPBACK_INDEX 1

/* The value of a map, for what a function of the kernel answers. */
static __s64 *answer;
static int answer_map;

static void result(bool passed, const char *what, int got)
{
	if (!passed)
		explain_bpf(got);
	ksft_test_result(passed, "%s\n", what);
}

/* Has a program see all packets that come from the loopback device. */
static int attach_classifier(const char *name, const struct bpf_insn *insns,
			     size_t nr_insns)
{
	const struct bpf_program program = {
		.type = BPF_PROG_TYPE_SCHED_CLS,
		.name = name,
		.insns = insns,
		.nr_insns = nr_insns,
	};
	const int fd = load_bpf(&program);
	union bpf_attr attr = {
		.link_create = {
			.prog_fd = fd,
			.target_ifindex = LOOPBACK_INDEX,
			.attach_type = BPF_TCX_INGRESS,
		},
	};
	int link;

	if (fd < 0) {
		explain_bpf(fd);
		return fd;
	}
	link = bpf(BPF_LINK_CREATE, &attr);
	close(fd);
	return link;
}

static int listen_on_loopback(struct sockaddr_in *at)
{
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(*at);

	*at = (struct sockaddr_in){ .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (bind(fd, (void *)at, len) || listen(fd, 1) ||
	    getsockname(fd, (void *)at, &len))
		return -errno;
	return fd;
}

static int load_operation(const char *member, const struct bpf_insn *insns,
			  size_t nr_insns)
{
	const struct bpf_program program = {
		.type = BPF_PROG_TYPE_STRUCT_OPS,
		.attach_type = kernel_member_index(CONGESTION, member),
		.target = CONGESTION,
		.kind = BTF_KIND_STRUCT,
		.name = member,
		.insns = insns,
		.nr_insns = nr_insns,
	};

	return load_bpf(&program);
}

static int put_operation(char *ops, const char *member,
			 const struct bpf_insn *insns, size_t nr_insns)
{
	const int fd = load_operation(member, insns, nr_insns);
	const __u64 value = fd;

	if (fd < 0)
		explain_bpf(fd);
	else
		memcpy(ops + kernel_member(CONGESTION, member), &value,
		       sizeof(value));
	return fd < 0 ? fd : 0;
}

/* An algorithm that begins as DCTCP does. */
static int register_algorithm(void)
{
	static const char type[] = "bpf_struct_ops_" CONGESTION;
	const struct bpf_insn begins[] = {
		LOAD(1, 1, 0),
		KFUNC(kernel_function("dctcp_init")),
		MOV(0, 0),
		EXIT,
	};
	const struct bpf_insn returns[] = { MOV(0, 2), EXIT };
	static char value[1024];
	static const __u32 zero;
	char *const ops = value + kernel_member(type, "data");
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_STRUCT_OPS,
		.key_size = sizeof(zero),
		.value_size = kernel_size(type),
		.max_entries = 1,
		.btf_fd = load_btf(),
		.btf_vmlinux_value_type_id = kernel_type(type, BTF_KIND_STRUCT),
	};
	int map, ret;

	if (attr.value_size > sizeof(value))
		return -E2BIG;
	map = bpf(BPF_MAP_CREATE, &attr);
	if (map < 0)
		return map;
	ret = put_operation(ops, "init", begins, ARRAY_SIZE(begins)) ?:
		      put_operation(ops, "ssthresh", returns, 2)     ?:
		      put_operation(ops, "undo_cwnd", returns, 2)    ?:
		      put_operation(ops, "cong_avoid", returns, 2);
	if (ret)
		return ret;
	memcpy(ops + kernel_member(CONGESTION, "name"), ALGORITHM,
	       sizeof(ALGORITHM));
	memset(&attr, 0, sizeof(attr));
	attr.map_fd = map;
	attr.key = (uintptr_t)&zero;
	attr.value = (uintptr_t)value;
	return bpf(BPF_MAP_UPDATE_ELEM, &attr) ?: map;
}

/* 1 if the socket has another algorithm in the end, or -errno. */
static int algorithm_changes(void)
{
	static const __u32 zero;
	const int map = register_algorithm();
	union bpf_attr attr = { .map_fd = map, .key = (uintptr_t)&zero };
	char name[16] = ALGORITHM;
	socklen_t len = sizeof(name);
	struct sockaddr_in at;
	int listener, fd, ret;

	if (map < 0)
		return map;
	listener = listen_on_loopback(&at);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || connect(fd, (void *)&at, sizeof(at)) ||
	    setsockopt(fd, SOL_TCP, TCP_CONGESTION, name, strlen(name)) ||
	    getsockopt(fd, SOL_TCP, TCP_CONGESTION, name, &len))
		ret = -errno;
	else
		ret = strcmp(name, ALGORITHM) != 0;
	if (ret > 0)
		ksft_print_msg("algorithm: %s\n", name);
	close(fd);
	close(listener);
	bpf(BPF_MAP_DELETE_ELEM, &attr);
	close(map);
	return ret;
}

#define LOAD_WORD(to, from, offset) \
	INSN(BPF_LDX | BPF_MEM | BPF_W, to, from, offset, 0)
#define SET_WORD(to, offset, number) \
	INSN(BPF_ST | BPF_MEM | BPF_W, to, 0, offset, number)

/* Assigns packets of a protocol to a listener for IPv4, and drops them. */
static int attach_assigner(int protocol, const struct sockaddr_in *at)
{
	const struct bpf_insn insns[] = {
		COPY(6, 1),
		LOAD_WORD(2, 6, offsetof(struct __sk_buff, protocol)),
		UNLESS(2, htons(protocol), 36),
		/* The listener. */
		SET_WORD(10, -16, at->sin_addr.s_addr),
		SET_WORD(10, -12, at->sin_addr.s_addr),
		SET_WORD(10, -8, at->sin_port << 16 | htons(1)),
		COPY(1, 6),
		COPY(2, 10),
		ADD(2, -16),
		MOV(3, 12),
		MOV(4, BPF_F_CURRENT_NETNS),
		MOV(5, 0),
		CALL(skc_lookup_tcp),
		IF_NULL(0, 25),
		COPY(7, 0),
		COPY(1, 7),
		CALL(skc_to_tcp_sock),
		MOV(8, -ENOENT),
		IF_NULL(0, 13),
		/* struct bpf_tcp_req_attrs, which says no more than the MSS. */
		SET_WORD(10, -40, 0),
		SET_WORD(10, -36, 0),
		SET_WORD(10, -32, 1440),
		SET_WORD(10, -28, 0),
		SET_WORD(10, -24, 0),
		COPY(1, 6),
		COPY(2, 0),
		COPY(3, 10),
		ADD(3, -40),
		MOV(4, 20),
		KFUNC(kernel_function("bpf_sk_assign_tcp_reqsk")),
		COPY(8, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, 8, 8, 32, 0),
		COPY(1, 7),
		CALL(sk_release),
		LOAD_MAP(2, answer_map),
		SECOND_HALF,
		STORE(2, 0, 8),
		MOV(0, TC_ACT_SHOT),
		EXIT,
		MOV(0, TC_ACT_UNSPEC),
		EXIT,
	};

	return attach_classifier("assigner", insns, ARRAY_SIZE(insns));
}

/* The answer of the kernel's function, or 1 if there was no packet. */
static int assign(int family, int protocol)
{
	struct sockaddr_in at;
	struct sockaddr_in6 at6 = { .sin6_family = AF_INET6,
				    .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	const int listener = listen_on_loopback(&at);
	const int link = attach_assigner(protocol, &at);
	const int fd =
		socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (link < 0)
		return link;
	__atomic_store_n(answer, 1, __ATOMIC_SEQ_CST);
	at6.sin6_port = at.sin_port;
	if (family == AF_INET)
		connect(fd, (void *)&at, sizeof(at));
	else
		connect(fd, (void *)&at6, sizeof(at6));
	usleep(100000);
	close(fd);
	close(link);
	close(listener);
	return __atomic_load_n(answer, __ATOMIC_SEQ_CST);
}

/* Gives packets of TCP over IPv6 to a socket of the test. */
static int attach_giver(int map)
{
	const struct bpf_insn insns[] = {
		COPY(6, 1),
		LOAD_WORD(2, 6, offsetof(struct __sk_buff, protocol)),
		UNLESS(2, htons(ETH_P_IPV6), 18),
		SET(10, -8, 0),
		LOAD_WIDE(1, BPF_PSEUDO_MAP_FD, map),
		SECOND_HALF,
		COPY(2, 10),
		ADD(2, -8),
		CALL(map_lookup_elem),
		IF_NULL(0, 11),
		COPY(7, 0),
		COPY(1, 6),
		COPY(2, 7),
		MOV(3, 0),
		CALL(sk_assign),
		COPY(8, 0),
		COPY(1, 7),
		CALL(sk_release),
		LOAD_MAP(2, answer_map),
		SECOND_HALF,
		STORE(2, 0, 8),
		MOV(0, TC_ACT_UNSPEC),
		EXIT,
	};

	return attach_classifier("giver", insns, ARRAY_SIZE(insns));
}

/*
 * Where a packet of TCP over IPv6 ends that was given to a socket of another
 * kind: ECONNREFUSED if nobody took it, because nobody listens there.
 */
static int give(int socket_fd)
{
	static const __u32 zero;
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_SOCKMAP,
		.key_size = sizeof(__u32),
		.value_size = sizeof(__u64),
		.max_entries = 1,
	};
	const int map = bpf(BPF_MAP_CREATE, &attr);
	const __u64 value = socket_fd;
	struct sockaddr_in6 at = { .sin6_family = AF_INET6,
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT,
				   .sin6_port = htons(9) };
	const int fd =
		socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct pollfd connected = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int link, ret;

	if (map < 0)
		return map;
	memset(&attr, 0, sizeof(attr));
	attr.map_fd = map;
	attr.key = (uintptr_t)&zero;
	attr.value = (uintptr_t)&value;
	ret = bpf(BPF_MAP_UPDATE_ELEM, &attr);
	if (ret)
		return ret;
	link = attach_giver(map);
	if (link < 0)
		return link;
	__atomic_store_n(answer, 1, __ATOMIC_SEQ_CST);
	connect(fd, (void *)&at, sizeof(at));
	ret = -ETIMEDOUT;
	if (poll(&connected, 1, 500) == 1 &&
	    !getsockopt(fd, SOL_SOCKET, SO_ERROR, &ret, &len))
		ret = -ret;
	/* The program must have done so. */
	if (__atomic_load_n(answer, __ATOMIC_SEQ_CST))
		ret = -EIO;
	close(fd);
	close(link);
	close(map);
	return ret;
}

int main(void)
{
	struct sockaddr_in at;
	const int listener = listen_on_loopback(&at);
	const int datagrams = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int ret;

	ksft_print_header();
	if (geteuid() || kernel_function("bpf_sk_assign_tcp_reqsk") < 0)
		ksft_exit_skip("not root, or no BTF\n");
	answer = share_array(sizeof(*answer), &answer_map);
	if (answer == MAP_FAILED)
		ksft_exit_skip("no BPF (CONFIG_BPF_SYSCALL)\n");
	ksft_set_plan(5);

	ret = bind(datagrams, (void *)&at, sizeof(at)) ? -errno :
							 give(datagrams);
	result(ret == -ECONNREFUSED, "packet of TCP, given to a UDP socket",
	       ret);
	ret = give(listener);
	result(ret == -ECONNREFUSED,
	       "packet of IPv6, given to a listener of IPv4", ret);
	close(datagrams);
	close(listener);

	ret = assign(AF_INET, ETH_P_IP);
	if (ret == -EOPNOTSUPP) {
		ksft_test_result_skip(
			"requests of IPv4: no CONFIG_SYN_COOKIES\n");
		ksft_test_result_skip(
			"requests of IPv6: no CONFIG_SYN_COOKIES\n");
	} else {
		result(!ret, "request of IPv4, for a listener of IPv4", ret);
		ret = assign(AF_INET6, ETH_P_IPV6);
		result(ret == -EINVAL,
		       "request of IPv6, for a listener of IPv4: EINVAL", ret);
	}

	if (kernel_function("dctcp_init") < 0) {
		ksft_test_result_skip(
			"dctcp_init(): no CONFIG_TCP_CONG_DCTCP\n");
	} else {
		ret = algorithm_changes();
		result(!ret, "dctcp_init() leaves the algorithm of a program",
		       ret);
	}
	ksft_finished();
}
