# SPDX-License-Identifier: GPL-3.0-or-later
"""Private memory of the server and its database at rest, and what an idle recorded session adds, at N and 10 N."""
import bench_world as world
from measure import emit, middle, private_kib, settled, sized, spread


def at_rest(pids):
    total = settled(lambda: sum(world.memory(pids).values()))
    parts = world.memory(pids)
    emit("memory_at_rest", total / 1024, "MiB", parts=parts)
    emit("memory_at_rest_ours", (total - parts["mariadbd"]) / 1024, "MiB")
    return parts


def others(pids):
    """What is not the session's own process but may grow with it; the database has caches of fixed size."""
    return sum(kib for role, kib in world.memory(pids).items() if role != "mariadbd")


def sessions(pids, count, leases, open_ones):
    while len(open_ones) < count:
        open_ones.append(world.open_session(leases)[2])
    settled(lambda: sum(private_kib(pid) for pid in world.brokers()))
    own = [private_kib(pid) for pid in world.brokers()]
    return own, settled(lambda: others(pids)), sum(private_kib(pid) for pid in world.site_pids("sekisho-gateway"))


def main():
    pids = world.server_pids()
    at_rest(pids)
    leases, open_ones = world.Leases(), []
    open_ones.append(world.open_session(leases)[2])  # caches that fill once
    base = settled(lambda: others(pids))
    gateway = sum(private_kib(pid) for pid in world.site_pids("sekisho-gateway"))
    few, many = sized(10, 2), sized(100, 4)
    for count in (few, many):
        own, other, far = sessions(pids, count, leases, open_ones)
        shared = (other - base) / (count - 1)
        emit(f"memory_per_idle_session_{count}", (middle(own) + shared) / 1024, "MiB", process_kib=middle(own),
             process_spread=spread(own), other_roles_kib=shared, gateway_kib=(far - gateway) / (count - 1))
    for terminal in open_ones:
        world.end_session(terminal)
