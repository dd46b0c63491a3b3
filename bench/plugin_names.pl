#!/usr/bin/perl
# plugin_names.pl BOTNET.pm: reads what `names --print` prints, classifies each name by the plugin's own functions, and
# prints how many it did in a second of CPU and how many were clients. What the plugin only needs to be loaded is made up.
use strict;
use warnings;

my ($plugin) = @ARGV;
for my $module ("Mail::SpamAssassin::Plugin", "Net::DNS") {
    (my $file = "$module.pm") =~ s{::}{/}g;
    next if eval { require $file };
    $INC{$file} = __FILE__;
}
require $plugin;
my $package = "Mail::SpamAssassin::Plugin::Botnet";
my $holds_address = $package->can("check_ipinhostname");
my $holds_word = $package->can("check_words");

my %words = (client => [], server => []);
my @pairs;
while (my $line = <STDIN>) {
    chomp $line;
    my ($kind, @rest) = split /\t/, $line;
    if ($kind eq "pair") { push @pairs, \@rest; }
    else { push @{$words{$kind}}, "((\\b|\\d)$rest[0](\\b|\\d))"; }
}
my $client_words = join "|", @{$words{client}};
my $server_words = join "|", @{$words{server}};

sub cpu { my ($user, $system) = times; return $user + $system; }

my ($done, $clients, $began) = (0, 0, cpu());
do {
    for my $pair (@pairs) {
        my ($address, $name) = @$pair;
        my $client = $holds_address->($name, $address);
        $client |= $holds_word->($name, $client_words);
        my $server = $holds_word->($name, $server_words);
        $clients++ if $client && !$server;
        $done++;
    }
} while cpu() - $began < 1;
printf "{\"per_second\": %d, \"clients\": %f}\n", $done / (cpu() - $began), $clients / $done;
