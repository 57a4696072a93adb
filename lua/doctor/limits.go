package doctor

import (
	"fmt"
	"os"
	"path"
	"strconv"
	"strings"
)

// limits compares what the process may use with what a page may.
func (e *examination) limits() {
	needed := uint64(max(e.MaxMemory, 0))
	e.addressSpace(needed)
	e.cgroup(needed)
	for _, l := range []struct {
		limit   Limit
		name    string
		least   uint64
		command string
		what    string
	}{
		{LimitFiles, "open files", 256, "ulimit -n", "requests that come together need several each"},
		{LimitProcesses, "processes", 64, "ulimit -u", "every request in work needs some threads"},
	} {
		value, ok := e.System.Limit(l.limit)
		switch {
		case !ok:
		case value == unlimited:
			e.found(OK, l.name, "unlimited", "")
		case value < l.least:
			e.found(Warning, l.name, fmt.Sprintf("%d: %s", value, l.what), fmt.Sprintf("%s %d", l.command, 4*l.least))
		default:
			e.found(OK, l.name, strconv.FormatUint(value, 10), "")
		}
	}
}

// spare is what the program itself needs, beside the memory of a page.
const spare = 64 << 20

// addressSpace looks at "ulimit -v". Go reserves more of it than it uses, so what
// is reserved already counts.
func (e *examination) addressSpace(needed uint64) {
	value, ok := e.System.Limit(LimitMemory)
	if !ok {
		return
	}
	if value == unlimited {
		e.found(OK, "address space", "unlimited", "")
		return
	}
	var used uint64
	if statm, err := e.System.ReadFile("/proc/self/statm"); err == nil {
		first, _, _ := strings.Cut(string(statm), " ")
		pages, _ := strconv.ParseUint(first, 10, 64)
		used = pages * uint64(os.Getpagesize())
	}
	// How much is reserved differs from run to run, so that no smaller
	// LCGI_MAX_MEMORY would certainly do.
	e.memory("address space", value, used+needed, "ulimit -v unlimited; Apache: no RLimitMEM")
}

// cgroup looks at the memory that a container or a service may use (cgroups(7),
// memory.max of version 2, memory.limit_in_bytes of version 1).
func (e *examination) cgroup(needed uint64) {
	value, ok := e.cgroupLimit()
	if !ok {
		e.found(OK, "memory of the group", "unlimited", "")
		return
	}
	advice := "systemd: MemoryMax=; containers: --memory="
	if value >= spare+1<<20 {
		advice += fmt.Sprintf("; or LCGI_MAX_MEMORY=%dMB", (value-spare)>>20)
	}
	e.memory("memory of the group", value, needed+spare, advice)
}

// memory compares a limit with what is wanted.
func (e *examination) memory(name string, value, wanted uint64, advice string) {
	if value >= wanted {
		e.found(OK, name, size(value), "")
		return
	}
	e.found(Warning, name, fmt.Sprintf("%s, which is too little for LCGI_MAX_MEMORY (%s): a page would be killed without an answer", size(value), size(uint64(e.MaxMemory))), advice)
}

// cgroupLimit returns the least limit of the process's group and those above it.
func (e *examination) cgroupLimit() (limit uint64, ok bool) {
	groups, err := e.System.ReadFile("/proc/self/cgroup")
	if err != nil {
		return 0, false
	}
	limit = unlimited
	for line := range strings.Lines(string(groups)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) < 3 {
			continue
		}
		base, file := "/sys/fs/cgroup", "memory.max"
		switch fields[1] {
		case "":
		case "memory":
			base, file = "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
		default:
			continue
		}
		for dir := path.Clean("/" + fields[2]); ; dir = path.Dir(dir) {
			text, err := e.System.ReadFile(path.Join(base, dir, file))
			if n, parseErr := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64); err == nil && parseErr == nil {
				limit = min(limit, n)
			}
			if dir == "/" {
				break
			}
		}
	}
	// Version 1 has a number near the largest for "no limit".
	return limit, limit < 1<<60
}
