// A description of the machine.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
)

// machine returns the processor, its cores, the memory and the kernel.
func machine(ctx context.Context) (string, error) {
	processor, memory := "processor", int64(0)
	switch runtime.GOOS {
	case "darwin":
		processor = output(ctx, "sysctl", "-n", "machdep.cpu.brand_string")
		memory, _ = strconv.ParseInt(output(ctx, "sysctl", "-n", "hw.memsize"), 10, 64)
	case "linux":
		if name := field("/proc/cpuinfo", "model name"); name != "" {
			processor = name
		}
		kib, _, _ := strings.Cut(field("/proc/meminfo", "MemTotal"), " ")
		memory, _ = strconv.ParseInt(kib, 10, 64)
		memory <<= 10
	}
	kernel := output(ctx, "uname", "-sr")
	if kernel == "" {
		return "", fmt.Errorf("uname prints nothing")
	}
	return fmt.Sprintf("%s, %d cores, %d GiB, %s (%s)", processor, runtime.NumCPU(), (memory+1<<29)>>30, kernel, runtime.GOARCH), nil
}

// output returns the line that a command prints, or an empty text if the command cannot
// be run.
func output(ctx context.Context, name string, args ...string) string {
	text, err := exec.CommandContext(ctx, name, args...).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// field returns the value of the first line "name: value" of a file, or an empty text.
func field(path, name string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
