# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the named figures, one after the other, in the running demo: figures.py NAME…"""
import importlib
import sys

import bench_world

for person in ("tanaka", "admin"):
    bench_world.come_from_anywhere(person)
for name in sys.argv[1:]:
    importlib.import_module(f"bench_{name}").main()
