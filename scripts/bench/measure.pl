#!/usr/bin/perl
# Runs one command and writes what it cost to descriptor 3:
#   exit status (as in a shell: 128 + signal), wall us, CPU us (user + system), peak memory KiB
# The rest is the command's own: environment, stdin, stdout, stderr.
#
# Why perl: Node cannot ask wait4() for the resources of a child, and /usr/bin/time counts CPU in steps of
# 10 ms. perl-base is part of every Debian, and can make the system call itself.
use strict;
use warnings;
use POSIX ();
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

my ($wait4, @command) = @ARGV;    # the number of wait4 differs between architectures
open(my $report, '>&=', 3) or die "descriptor 3 is not open: $!\n";

my $started = clock_gettime(CLOCK_MONOTONIC);
my $pid = fork() // die "fork: $!\n";
if ($pid == 0) {
  POSIX::close(3);
  exec { $command[0] } @command or POSIX::_exit(127);
}
my ($status, $usage) = (pack('i', 0), "\0" x 144);    # int, struct rusage
syscall($wait4, $pid, $status, 0, $usage) == $pid or die "wait4: $!\n";
my $wall = clock_gettime(CLOCK_MONOTONIC) - $started;

# struct rusage: user time and system time as (seconds, microseconds), then the peak in KiB
my ($user, $userMicro, $system, $systemMicro, $peak) = unpack('q5', $usage);
my $code = unpack('i', $status);
my $exit = $code & 127 ? 128 + ($code & 127) : $code >> 8;
printf $report "%d %d %d %d\n", $exit, $wall * 1e6, ($user + $system) * 1e6 + $userMicro + $systemMicro, $peak;
