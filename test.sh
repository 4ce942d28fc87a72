#!/usr/bin/env bash
# The one test command: builds, checks the format, runs every test, packs, and uses the packages as a user would.
# The last line is the sum: N passed, N failed, N skipped. A failed step that is no test counts as one failed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1

# What the tests run besides dotnet, as command:Debian package; a command may be a pattern, or several, of which one is enough.
needs=(unzip:unzip "/usr/lib/postgresql/*/bin/postgres postgres:postgresql" redis-server:redis-server promtool:prometheus chromium:chromium)
[ "$(uname)" = Linux ] && [ "$(id -u)" -eq 0 ] && needs+=(systemctl:systemd unshare:util-linux) # without root those tests are skipped

passed=0 failed=0 skipped=0
work=$(mktemp -d)
finish() {
    rm -rf "$work"
    echo "$passed passed, $failed failed, $skipped skipped"
    exit $((failed > 0))
}
trap finish EXIT
trap 'failed=$((failed + 1)); exit' INT TERM HUP

step() { # title command...: announces, runs, counts a failure
    echo "== $1"
    "${@:2}" && return
    echo "FAILED: $1"
    failed=$((failed + 1))
    return 1
}
check() { step "$@" && passed=$((passed + 1)); } # a step that counts as a test

install_needs() {
    local need missing=()
    for need in "${needs[@]}"; do
        command -v ${need%%:*} >/dev/null || missing+=("${need##*:}")
    done
    [ ${#missing[@]} -eq 0 ] && return
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        echo "Install first: ${missing[*]} (Debian and Ubuntu: sudo apt-get install ${missing[*]})"
        return 1
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null
}

find_dotnet() {
    dotnet --version >/dev/null 2>&1 && return
    echo "Install first: the .NET SDK $(sed -n 's/.*"version": "\(.*\)".*/\1/p' global.json) or a later feature band (https://dotnet.microsoft.com/download)"
    return 1
}

run_tests() { # project folder
    local report="$work/$(basename "$1").trx" counts
    dotnet test "$1" -c Release --no-build --results-directory "$work" --logger "trx;LogFileName=$(basename "$report")"
    local status=$?
    counts=$(grep -o '<Counters [^>]*' "$report" 2>/dev/null) || { echo "no results in $1"; return 1; }
    count() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$counts"; }
    passed=$((passed + $(count passed)))
    failed=$((failed + $(count failed)))
    skipped=$((skipped + $(count total) - $(count executed)))
    [ "$(count total)" -gt 0 ] || { echo "no tests in $1"; return 1; }
    [ $status -eq 0 ] || [ "$(count failed)" -gt 0 ] # a failed run without a failed test is a failed step
}

pack() {
    rm -f packages/*.nupkg packages/*.snupkg
    dotnet pack Resilience.sln -c Release --no-build
}

holds_what_a_package_needs() { # package name
    local file="packages/$1.$version.nupkg" entry names
    names=$(unzip -Z1 "$file") || return 1
    for entry in README.md icon.png "lib/net10.0/$1.dll" "lib/net10.0/$1.xml"; do
        grep -qxF "$entry" <<<"$names" || { echo "$file lacks $entry"; return 1; }
    done
    unzip -p "$file" "$1.nuspec" | grep -qF '<license type="expression">MIT</license>' || { echo "$file lacks its license"; return 1; }
}

build_consumer() { # folder; NuGet's shared cache could hold an older build of the same version, so it gets its own
    NUGET_PACKAGES="$work/nuget" dotnet build "$1" -c Release -p:ResilienceVersion="$version"
}

run_consumer() { build_consumer tests/Consumer && Logging__LogLevel__Default=Warning timeout 60 dotnet tests/Consumer/bin/Release/net10.0/Consumer.dll; }

build_readme_program() {
    local project=artifacts/readme
    rm -rf "$project" && mkdir -p "$project" && cp tests/Consumer/{Consumer.csproj,Directory.*.props} "$project" || return 1
    awk '
        !fence && /^## / { wanted = $0 == "## Program.cs" }
        !/^```/ { block = block $0 "\n"; next }
        fence && csharp && wanted && block ~ /AddResilientBackend/ && block ~ /WebApplication\.CreateBuilder/ { printf "%s", block; found = 1; exit }
        { fence = !fence; csharp = /^```csharp/; block = "" }
        END { exit !found }
    ' README.md >"$project/Program.cs" || { echo 'README.md has no such block under "## Program.cs"'; return 1; }
    build_consumer "$project"
}

# No build server outlives this script, whatever the user's settings.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 UseSharedCompilation=false UseRazorBuildServer=false
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

step "Tools" install_needs && step ".NET SDK" find_dotnet || exit
step "Build" dotnet build Resilience.sln -c Release || exit
step "Format" dotnet format Resilience.sln --verify-no-changes --no-restore
for project in tests/*.Tests; do step "Tests: $(basename "$project")" run_tests "$project"; done
step "Pack" pack || exit
version=$(dotnet msbuild src/Resilience.Client -getProperty:Version)
for project in src/*/; do
    name=$(basename "$project")
    check "Package: $name holds assembly, documentation, README, icon and license" holds_what_a_package_needs "$name"
    check "Package: $name has symbols" test -s "packages/$name.$version.snupkg"
done
check "Consumer: a call through the packed package" run_consumer
check "README: its program builds against the packed package" build_readme_program
