"""Records."""

from __future__ import annotations

__all__ = ["SAMPLES", "large", "packages", "ports", "processors"]


def packages(n: int) -> str:
    """As `dpkg -s` prints them."""
    return "\n\n".join(
        f"Package: lib{i}\nStatus: {'deinstall ok config-files' if i % 19 == 7 else 'install ok installed'}\n"
        f"Priority: optional\nSection: {('libs', 'utils', 'python')[i % 3]}\nInstalled-Size: {40 + i * 37 % 900}\n"
        f"Maintainer: Debian Maintainers <team@example.org>\nArchitecture: amd64\nVersion: 1.{i}.0-2\n"
        f"Depends: libc6 (>= 2.36)\nDescription: library number {i}\nHomepage: https://example.org/lib{i}"
        for i in range(n)
    )


def processors(n: int) -> str:
    """As `/proc/cpuinfo` shows them."""
    return "\n\n".join(
        f"processor\t: {i}\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\n"
        f"model name\t: Intel(R) Xeon(R) CPU @ 2.60GHz\nstepping\t: 7\ncpu MHz\t\t: {2600 + i % 3}.000\n"
        f"cache size\t: 33792 KB\nphysical id\t: {i // 8}\nsiblings\t: 8\ncore id\t\t: {i % 8}\nfpu\t\t: yes\n"
        "flags\t\t: fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr sse sse2"
        for i in range(n)
    )


def ports(n: int) -> str:
    """As `ethtool` prints the settings of several ports."""
    return "\n".join(
        f"Settings for eth{i}:\n\tSupported ports: [ TP ]\n\tSupported link modes:   10baseT/Half 10baseT/Full\n"
        f"\t                        1000baseT/Full\n\tSupports auto-negotiation: Yes\n"
        f"\tSpeed: {'Unknown!' if i % 11 == 5 else '1000Mb/s'}\n\tDuplex: Full\n\tPort: Twisted Pair\n\tPHYAD: {i}\n"
        f"\tTransceiver: internal\n\tLink detected: {'no' if i % 11 == 5 else 'yes'}"
        for i in range(n)
    )


def _devices(n: int) -> str:
    """Long records: devices with many settings."""
    blocks = []
    for i in range(n):
        rows = "\n".join(f"    Setting {k:03}:        {(k * 7 + (i if k % 40 == 3 else 0)) % 256}" for k in range(120))
        blocks.append(f"Device {i:03}: unit {i}\n  Serial:           S{i * 7919}\n  Table:\n{rows}")
    return "\n".join(blocks)


def large(megabytes: int) -> str:
    return packages(3_300 * megabytes)


SAMPLES = {
    "packages": packages(60),
    "processors": processors(16),
    "ports": ports(24),
    "long records": _devices(30),
}
