#!/bin/busybox sh
# Runs as the guest's first process: every task once, with the seconds it took by the guest's clock, then power-off.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t devtmpfs devtmpfs /dev
mkdir -p /tmp
mount -t tmpfs tmpfs /tmp
seq 1 200000 >/tmp/text
head -c 12582912 /bin/busybox >/tmp/bytes
for i in 1 2 3; do cat /bin/busybox; done >>/tmp/bytes

task() {
  name=$1
  shift
  read -r before rest </proc/uptime
  said=$("$@" 2>&1 | tail -n 1)
  read -r after rest </proc/uptime
  echo "task $name $before $after $said"
}
checksum() { for i in 1 2 3; do sha256sum /tmp/bytes; done; }
pack() { gzip -c /tmp/text | sha256sum; }
order() { sort -r /tmp/text | sha256sum; }
processes() {
  i=0
  while [ $i -lt 300 ]; do
    /bin/busybox true
    i=$((i + 1))
  done
}
pipes() { cat /tmp/text /tmp/text /tmp/text /tmp/text | cat | cat | cat | wc -l; }

task busybox-sha256sum checksum
task busybox-gzip pack
task busybox-sort order
task processes processes
task pipes pipes
task switches /bench/switches 20000
for program in /bench/program-*; do
  task "${program#/bench/program-}" "$program"
done
poweroff -f
