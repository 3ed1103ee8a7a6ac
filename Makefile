# The project's chores. `make` alone lists them.

GO            ?= go
GOTESTFLAGS   ?=
FUZZTIME      ?= 10s
DEMO_DIR      ?= fanql-demo
PREFIX        ?= /usr/local
PROGRAM       = bin/fanql
BENCH         ?= .
BENCH_COUNT   ?= 6
CASES         ?= 1

GOLANGCI_LINT = $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
NFPM          = $(GO) run github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.44.0
BENCHSTAT     = $(GO) run golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da

# ./... leaves out what is below testdata.
PACKAGES      = ./... ./testdata/bench ./testdata/compat ./testdata/errortexts ./testdata/exact ./testdata/hostile ./testdata/matrix ./testdata/servers ./testdata/servers/fetch ./testdata/servers/private ./testdata/testdb ./testdata/testkit ./testdata/testrow ./testdata/words
# It counts descriptors and measures time, so its tests run alone.
ALONE         = ./testdata/faults
# Its databases, each of which breaks in processes that count their own descriptors and
# connections: one in which whole servers break, and one for the rest. They run side by side,
# from one program: they wait more than they work. Four at a time leave the machine the time for
# healthy sources, whose times are compared.
FAULTS        = $(addprefix faults-,PostgreSQL MySQL MariaDB SQLite)
WHOLE         = $(addprefix whole-,PostgreSQL MySQL MariaDB)
TOGETHER      = $(MAKE) --no-print-directory --keep-going --jobs=4 $(if $(filter output-sync,$(.FEATURES)),--output-sync)
# Without symbols for debuggers each of the programs of tests is linked in two thirds of the
# time; the races and the panics that they report have names all the same. By default a
# program with the race detector waits a second before it exits.
RACE          = -race -ldflags="-s -w"
TEST          = GORACE="atexit_sleep_ms=10 $(GORACE)" $(GO) test $(RACE) -count=1 -timeout 20m $(GOTESTFLAGS)
BENCHES       = $(GO) test -run "^$$" -bench "$(BENCH)" -benchmem ./...
VERSION       = $(shell .ci/version)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' Makefile

# By default DuckDB's library exports all its names, for extensions that fanql never loads.
# Without that every start is 3 ms faster, and the file is 7 MB smaller.
#
# On Linux the program is one static-pie file that contains the C and C++ libraries, so
# that it runs on every distribution and in an empty container. Go's own code looks up
# names and users. The linker warns of functions that need the machine's library; fanql
# never calls them, so these warnings are not printed. If the compiler has no static
# libraries (Fedora without glibc-static and libstdc++-static), the program needs those of
# the machine.
ifeq ($(shell uname -s),Linux)
EXTLDFLAGS    = -Wl,--no-export-dynamic
STATIC        = -static-pie
PIE           = -buildmode=pie -tags=netgo,osusergo
# arm64 needs LLVM's linker, as .ci/link-arm64 explains. A cross compiler does not look for
# it in PATH.
LLD           = -fuse-ld=lld -B$(dir $(realpath $(shell command -v ld.lld)))
endif

# $(call compile,FILE,LDFLAGS)
define compile
cc=$$($(GO) env CC); static="$(STATIC)"; pie=; extld=; \
if [ -n "$$static" ] && [ "$$($(GO) env GOARCH)" = arm64 ]; then \
	static="$$static $(LLD)"; extld=-extld=link-arm64; export PATH="$(CURDIR)/.ci:$$PATH"; fi; \
if [ -n "$$static" ] && echo 'int main(void) { return 0; }' | $$cc -x c $$static -o /dev/null - -lstdc++ 2>/dev/null; then \
	pie="$(PIE)"; \
else static=; extld=; fi; \
said=$$(mktemp); status=0; \
$(GO) build -trimpath -buildvcs=false $$pie -ldflags "$(2) -X main.buildVersion=$(VERSION) -linkmode=external $$extld -extldflags '$(EXTLDFLAGS) $$static'" -o $(1) ./cmd/fanql 2>"$$said" || status=$$?; \
if [ $$status -ne 0 ]; then cat "$$said" >&2; fi; \
rm -f "$$said"; exit $$status
endef

# Prints one line for each thing that a build needs and that is missing. Go itself would
# skip the packages with cgo, and report the names that they declare as undefined.
.PHONY: compilers
compilers:
	@if ! command -v $(GO) >/dev/null; then echo "fanql is built with Go, and there is no $(GO): https://go.dev/dl" >&2; exit 1; fi; \
	if [ "$$CGO_ENABLED" = 0 ]; then \
		echo "fanql needs cgo, for SQLite and DuckDB, and CGO_ENABLED=0 switches it off: leave that out" >&2; exit 1; fi; \
	cc=$$($(GO) env CC); \
	if ! command -v "$${cc%% *}" >/dev/null; then \
		echo "fanql needs a C compiler, for SQLite and DuckDB, and there is no $${cc%% *}: install gcc and g++ (apt install gcc g++), or name one by CC=" >&2; exit 1; fi; \
	if [ "$$($(GO) env GOOS)" = linux ] && ! echo 'int main(void) { return 0; }' | $$cc -x c -o /dev/null - -lstdc++ 2>/dev/null; then \
		echo "fanql needs the C++ library, for DuckDB, and $${cc%% *} does not find it: install g++ (apt install g++)" >&2; exit 1; fi; \
	if [ "$$($(GO) env CGO_ENABLED)" = 0 ]; then \
		echo "fanql needs cgo, which is off where another system is built for: give CGO_ENABLED=1, and CC= that system's compiler" >&2; exit 1; fi

# The Makefile sets the version itself, so that a tree without git, or one that belongs to
# another user, can be built too.
.PHONY: build
build: compilers ## build bin/fanql
	@$(call compile,$(PROGRAM))

# A cross compiler builds the program of another system; fanql help platforms says what was
# tried. For Windows each package is compiled but not linked, and the page says why. The
# tests, with their FIFOs and private servers, need Unix.
.PHONY: cross
cross: ## build bin/fanql-linux-arm64, and compile for Windows (aarch64-linux-gnu-gcc and x86_64-w64-mingw32-gcc-posix)
	@export CGO_ENABLED=1 GOOS=linux GOARCH=arm64 CC=aarch64-linux-gnu-gcc CXX=aarch64-linux-gnu-g++; $(call compile,bin/fanql-linux-arm64)
	CGO_ENABLED=1 GOOS=windows GOARCH=amd64 CC=x86_64-w64-mingw32-gcc-posix CXX=x86_64-w64-mingw32-g++-posix \
		$(GO) list -export -f '{{.ImportPath}} compiles' ./...

# Built only if it is missing, so that `sudo make install` only copies.
bin/fanql:
	@$(MAKE) --no-print-directory build

BASHCOMPDIR   = $(PREFIX)/share/bash-completion/completions
ZSHCOMPDIR    = $(PREFIX)/share/zsh/site-functions
FISHCOMPDIR   = $(PREFIX)/share/fish/vendor_completions.d
MANDIR        = $(PREFIX)/share/man
DOCDIR        = $(PREFIX)/share/doc/fanql
# The program that prints the manual pages and completions, if PROGRAM is for another system.
PRINTER       = $(PROGRAM)

DOCS          = LICENSE NOTICE README.md CHANGELOG.md
PRINT         = set -e; umask 022; printed=$$(mktemp -d); trap 'rm -rf "$$printed"' EXIT; "$(PRINTER)" man "$$printed"

.PHONY: install
install: $(PROGRAM) ## install bin/fanql, manual pages and completions (PREFIX=/usr/local DESTDIR=)
	@$(PRINT); \
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(BASHCOMPDIR)" "$(DESTDIR)$(ZSHCOMPDIR)" "$(DESTDIR)$(FISHCOMPDIR)" "$(DESTDIR)$(DOCDIR)"; \
	install -m 755 "$(PROGRAM)" "$(DESTDIR)$(PREFIX)/bin/fanql"; \
	install -m 644 $(DOCS) "$(DESTDIR)$(DOCDIR)"; \
	for page in "$$printed"/*; do section="$(DESTDIR)$(MANDIR)/man$${page##*.}"; install -d "$$section"; install -m 644 "$$page" "$$section"; done; \
	for shell in "bash $(BASHCOMPDIR)/fanql" "zsh $(ZSHCOMPDIR)/_fanql" "fish $(FISHCOMPDIR)/fanql.fish"; do \
		"$(PRINTER)" completion $${shell%% *} >"$$printed/completion"; \
		install -m 644 "$$printed/completion" "$(DESTDIR)$${shell#* }"; done

.PHONY: uninstall
uninstall: $(PROGRAM) ## remove what install installed (PREFIX=/usr/local DESTDIR=)
	@$(PRINT); \
	for page in "$$printed"/*; do rm -f "$(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/}"; done; \
	for doc in $(DOCS); do rm -f "$(DESTDIR)$(DOCDIR)/$$doc"; done; rmdir "$(DESTDIR)$(DOCDIR)" 2>/dev/null || true; \
	rm -f "$(DESTDIR)$(PREFIX)/bin/fanql" "$(DESTDIR)$(BASHCOMPDIR)/fanql" "$(DESTDIR)$(ZSHCOMPDIR)/_fanql" "$(DESTDIR)$(FISHCOMPDIR)/fanql.fish"

.PHONY: demo
demo: build ## run one query over four databases, one of which never answers (DEMO_DIR=fanql-demo)
	bin/fanql demo $(DEMO_DIR)

# Built and not run by `go run`, which does not forward a SIGTERM. The flags are those of
# build, so that Go's library is compiled once for both.
.PHONY: bin/servers
bin/servers:
	@$(GO) build -trimpath -buildvcs=false $(PIE) -o $@ ./testdata/servers

# Tests that measure the program's memory, or run it hundreds of times, use bin/fanql,
# which is built once and without the race detector. Parallel tests mostly wait, so four
# tests of a package run at a time, whatever the number of cores.
.PHONY: test
test: bin/servers ## run all tests with -race, against private PostgreSQL, MySQL and MariaDB servers (GOTESTFLAGS=-v)
	$(TOGETHER) build race
	FANQL_TEST_BROWSER=install FANQL_TEST_PROGRAM="$(CURDIR)/bin/fanql" bin/servers \
		sh -c '$(TEST) -parallel 4 $(PACKAGES) && $(GO) test $(RACE) -c -o bin/faults.test $(ALONE) && $(TOGETHER) $(WHOLE) $(FAULTS)'

# It runs in parallel with build: each compiles SQLite, which takes a minute on one core.
.PHONY: race
race: compilers
	$(GO) build -race ./...

.PHONY: $(FAULTS) $(WHOLE)
$(FAULTS): faults-%:
	@$(call break,-test.skip '^TestWholeServers$$' -test.run '/^$*$$')

$(WHOLE): whole-%:
	@$(call break,-test.run '^TestWholeServers$$/^$*$$')

# $(call break,FLAGS) ends with a line like that of go test.
break = cd $(ALONE) && began=$$(date +%s) && \
	GORACE="atexit_sleep_ms=10 $(GORACE)" "$(CURDIR)/bin/faults.test" -test.timeout 20m $(if $(filter -v,$(GOTESTFLAGS)),-test.v) $(1) && \
	printf 'ok\t%s\t%ds\t%s\n' github.com/fanql/fanql/$(ALONE:./%=%) $$(($$(date +%s) - began)) $@

# In `make test` a third of the scripts and of the tests of a program run that of the race
# detector. Tests that measure it have bin/fanql.
.PHONY: test-race
test-race: build bin/servers ## run all scripts and tests of cmd/fanql with a program that has the race detector
	FANQL_TEST_SCRIPTS=race FANQL_TEST_PROGRAM="$(CURDIR)/bin/fanql" bin/servers $(TEST) -parallel 4 ./cmd/fanql

# One package after the other, since they measure time.
.PHONY: test-faults
test-faults: bin/servers ## break networks and servers in every way and at every byte, and print the matrix
	FANQL_FAULTS=all bin/servers $(GO) run ./testdata/matrix -race -count=1 -timeout 30m $(GOTESTFLAGS)

# Built and not run by `go run`, as above.
.PHONY: test-servers
test-servers: build ## try fanql on many servers and pools, into .cache/servers.md (ONLY='PgBouncer|MySQL' CASES=; HELP=1 puts the table into the help)
	@mkdir -p .cache
	$(GO) build -buildvcs=false -o bin/compat ./testdata/compat
	bin/compat -bin bin/fanql -to .cache/servers.md -only "$(ONLY)" $(if $(CASES),,-cases=false) $(if $(HELP),-help-page cmd/fanql/help/servers.md)

# Tests with two users are skipped unless root runs them.
.PHONY: test-hostile
test-hostile: build ## attack it with hostile servers, folders and values (FUZZTIME=10s each; as root, also with two users)
	FANQL_TEST_PROGRAM="$(CURDIR)/bin/fanql" $(TEST) -tags controlgroup -run 'Hostile|NoLieCosts|ComesBeforeTheLogin|RowWithoutAnEnd|TooManyColumns|LongErrorIsCut|OwnKeyGetsNo|PasswordInClear|ModesOfTLS|AConfigThatIsFound|WhatAConfigIncludes|AConfigCannot|MergeKeysThatAreWrong|TestScripts/(trust|hardening)$$' ./...
	$(TEST) ./testdata/hostile
	$(GO) test -run "^$$" -fuzz FuzzNoOutputShowsAPassword -fuzztime $(FUZZTIME) ./cmd/fanql
	$(GO) test -run "^$$" -fuzz FuzzNoErrorHoldsThePassword -fuzztime $(FUZZTIME) ./sources/mysql
	$(GO) test -run "^$$" -fuzz FuzzTheGuard -fuzztime $(FUZZTIME) ./sources/mysql
	$(GO) test -run "^$$" -fuzz FuzzFrames -fuzztime $(FUZZTIME) ./sources/mysql
	$(GO) test -run "^$$" -fuzz FuzzTheBounds -fuzztime $(FUZZTIME) ./sources/postgres

# Installed and not run by `go run`, which has one exit status for all errors.
.PHONY: vuln
vuln: ## look for known vulnerabilities in what is linked, where the database of them can be reached
	@GOBIN="$(CURDIR)/.cache/bin" $(GO) install golang.org/x/vuln/cmd/govulncheck@v1.9.0
	@.cache/bin/govulncheck ./cmd/fanql || { status=$$?; \
		test $$status -ne 1 || echo "vuln: nothing was checked: the database of vulnerabilities could not be reached" >&2; exit $$status; }

.PHONY: notice
notice: ## write NOTICE, the licences of everything that is linked
	@GOBIN="$(CURDIR)/.cache/bin" $(GO) install github.com/google/go-licenses@v1.6.0
	@rm -rf .cache/licences
	GOROOT="$$($(GO) env GOROOT)" .cache/bin/go-licenses save ./cmd/fanql --ignore github.com/fanql/fanql --save_path .cache/licences
	@mkdir -p .cache/licences/go .cache/licences/github.com/mattn/go-sqlite3 .cache/licences/github.com/duckdb/duckdb
	@cp sources/duckdb/THIRD_PARTY.txt .cache/licences/github.com/duckdb/duckdb/NOTICE
	@cp "$$($(GO) env GOROOT)/LICENSE" .cache/licences/go/LICENSE
	@cp sources/sqlite/sqlite3/LICENSE .cache/licences/github.com/mattn/go-sqlite3/LICENSE
	@mkdir -p .cache/licences/gnu.org/glibc .cache/licences/gnu.org/gcc
	@cp /usr/share/common-licenses/LGPL-2.1 .cache/licences/gnu.org/glibc/LICENSE
	@cp /usr/share/doc/libc6/copyright .cache/licences/gnu.org/glibc/NOTICE
	@cp /usr/share/common-licenses/GPL-3 .cache/licences/gnu.org/gcc/LICENSE
	@cp "/usr/share/doc/gcc-$$(gcc -dumpversion)-base/copyright" .cache/licences/gnu.org/gcc/NOTICE
	@{ printf 'fanql is under the licence in LICENSE. It links what follows, each under its own;\nSQLite and DuckDB come with the packages that bind them: SQLite is in the public\ndomain. A program for Linux also holds parts of glibc, under the LGPL 2.1 (to link it\nwith another glibc, build it from its source), and of GCC'"'"'s libraries, under the GPL\n3 with the GCC Runtime Library Exception. `make notice` writes this file on Debian.\n'; \
	cd .cache/licences && find . -type f \( -iname 'licen[sc]e*' -o -iname 'copying*' -o -iname 'notice*' \) | LC_ALL=C sort | \
	while read -r f; do printf '\n==== %s\n\n' "$${f#./}"; cat "$$f"; done; } >NOTICE

.PHONY: lint
lint: ## look for mistakes and for imports against the layers
	$(GO) vet $(PACKAGES) $(ALONE)
	$(GOLANGCI_LINT) run $(PACKAGES) $(ALONE)

.PHONY: check
check: lint test ## lint, then test

# Fuzzing ends after a number of inputs: with a duration, Go before 1.27 may report the end
# as a failure (go.dev/issue/75804).
.PHONY: nightly
nightly: ## run what takes long: every fuzz target for long, test-race, test-faults, test-servers, oracle, cross, reproduce (FUZZTIME=100000x)
	@$(MAKE) --no-print-directory fuzz FUZZTIME=$(if $(findstring command,$(origin FUZZTIME)),$(FUZZTIME),100000x)
	@$(MAKE) --no-print-directory test-race
	@$(MAKE) --no-print-directory test-faults
	@$(MAKE) --no-print-directory test-servers
	@$(MAKE) --no-print-directory oracle
	FANQL_TEST_EDITS=20000 $(GO) test ./sources/config -run 'TestEditsOfRandomConfigs'
	FANQL_HISTORY_KILLS=200 FANQL_ALERT_KILLS=200 $(GO) test ./cmd/fanql -run 'TestAHistoryWhoseWritersAreKilled|TestRunsThatAreKilledWhileTheyTell'
	FANQL_TEST_WHOLE_PAGES=1 $(GO) test ./cmd/internal/checkformat -run TestPageInABrowser -timeout 1h
	@if command -v soffice >/dev/null; then $(GO) test -v -count=1 ./cmd/internal/output -run TestLibreOfficeShowsTheCells; \
	else echo "nightly: LibreOffice is not installed: only excelize has read workbooks (apt install libreoffice-calc)"; fi
	@$(MAKE) --no-print-directory cross
	@$(MAKE) --no-print-directory reproduce

.PHONY: oracle
oracle: bin/servers ## run fanql sql against one database with all rows: STATEMENTS=3000 random statements, and mutants of the planner
	FANQL_ORACLE_STATEMENTS=$(or $(STATEMENTS),3000) FANQL_ORACLE_SEED=$(or $(SEED),1) bin/servers $(GO) test ./cmd/internal/run -run 'Pushed|Traps|MusicShops|Portable|Fleet' -timeout 60m
	FANQL_MUTANTS=1 bin/servers $(GO) test ./cmd/internal/run -run Mutant -timeout 60m

.PHONY: fuzz
fuzz: ## run every fuzz target for a while (FUZZTIME=10s)
	@grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' . | while IFS=: read -r file func; do \
		echo "$$(dirname "$$file") $${func#func }"; \
		$(GO) test -run '^$$' -fuzz "^$${func#func }\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x "$$(dirname "$$file")" || exit 1; \
	done

.PHONY: bench
bench: build bin/servers ## pair fanql with the databases' clients, into .cache/bench.md (BENCH_ROWS BENCH_RUNS BENCH_ONLY; PAGE=1 puts the table into the help)
	@mkdir -p .cache
	bin/servers $(GO) run ./testdata/bench -bin bin/fanql -to .cache/bench.md $(if $(PAGE),-readme cmd/fanql/help/speed.md)

# The two revisions take turns, since the speed of a machine changes over time.
.PHONY: bench-compare
bench-compare: bin/servers ## compare the Go benchmarks with those of another revision (BASE=main BENCH=. BENCH_COUNT=6)
	@test -n "$(BASE)" || { echo "make bench-compare BASE=revision" >&2; exit 2; }
	rm -rf .cache/base .cache/base.txt .cache/head.txt && mkdir -p .cache/base
	git archive "$(BASE)" | tar -x -C .cache/base
	bin/servers sh -e -c 'for turn in $$(seq $(BENCH_COUNT)); do \
		(cd .cache/base && $(BENCHES)) >>.cache/base.txt; \
		$(BENCHES) >>.cache/head.txt; \
	done'
	$(BENCHSTAT) .cache/base.txt .cache/head.txt

.PHONY: release
release: build ## archives and Debian packages for linux/amd64 and linux/arm64, and their checksums, into dist/
	@GO="$(GO)" NFPM="$(NFPM)" VERSION="$(VERSION)" .ci/release

.PHONY: reproduce
reproduce: ## build the committed release twice, in two folders with caches of their own, and compare the bytes
	@.ci/reproduce

# The program for a release: stripped, and always static.
.PHONY: stripped
stripped: compilers
	@$(call compile,$(PROGRAM),-s -w)
	@if readelf --dynamic --program-headers "$(PROGRAM)" | grep -E '\(NEEDED\)|INTERP'; then \
		echo "$(PROGRAM) is not static: install the compiler's static libraries (libc.a, libstdc++.a), and for arm64 LLVM's linker (apt install lld)" >&2; exit 1; fi

# The complete root of the container. The program contains time zones, but no certificates.
CERTIFICATES  = /etc/ssl/certs/ca-certificates.crt
.PHONY: image
image: $(PROGRAM)
	@test -n "$(DESTDIR)" || { echo "make image DESTDIR=FOLDER" >&2; exit 2; }
	@set -e; umask 022; for folder in etc/ssl/certs usr/share/doc/fanql home/fanql data; do install -d "$(DESTDIR)/$$folder"; done
	@install -d -m 1777 "$(DESTDIR)/tmp"
	@install -m 755 "$(PROGRAM)" "$(DESTDIR)/fanql"
	@install -m 644 "$(CERTIFICATES)" "$(DESTDIR)/etc/ssl/certs/ca-certificates.crt"
	@install -m 644 LICENSE NOTICE "$(DESTDIR)/usr/share/doc/fanql"
	@echo 'fanql:x:65532:65532:fanql:/home/fanql:/fanql' >"$(DESTDIR)/etc/passwd"
	@echo 'fanql:x:65532:' >"$(DESTDIR)/etc/group"

.PHONY: man
man: build ## write the manual pages into man/
	mkdir -p man
	bin/fanql man man

.PHONY: clean
clean: ## remove what the other targets built, but not the demo's folder
	rm -rf bin dist man .cache
