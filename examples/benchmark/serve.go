package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// serveFlag makes the program one of its own servers: -serve VARIANT URL, with the listeners as files 3 and 4.
const serveFlag = "-serve"

// variant is one way to serve the table.
type variant struct {
	name  string
	about string
	// synchronous is the pragma of a hand-written program on SQLite.
	synchronous string
	generated   bool
}

func chosenVariants(s settings) []variant {
	all := []variant{
		{name: "echo-bun", about: "Echo + Bun by hand", synchronous: "FULL"},
		{name: "net-http", about: "net/http + driver by hand", synchronous: "FULL"},
		{name: "groundwork", about: "generated resource with sign-in and permissions", generated: true},
	}
	if s.sqlite() {
		all = append(all, variant{name: "echo-bun-normal", about: "Echo + Bun by hand, synchronous=NORMAL", synchronous: "NORMAL"})
	}
	chosen := all[:0]
	for _, v := range all {
		if wanted(s.variants, v.name) {
			chosen = append(chosen, v)
		}
	}
	return chosen
}

// serve runs one variant.
func serve(ctx context.Context, name, url string) error {
	listener, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		return err
	}
	inner, err := net.FileListener(os.NewFile(4, "inner"))
	if err != nil {
		return err
	}
	go func() { _ = http.Serve(inner, insides()) }() // ends with the process
	switch name {
	case "groundwork":
		return serveGenerated(ctx, listener, url)
	case "net-http":
		return serveStore(ctx, listener, url)
	}
	synchronous := "FULL"
	if name == "echo-bun-normal" {
		synchronous = "NORMAL"
	}
	pools, err := openPools(url, synchronous)
	if err != nil {
		return err
	}
	return serveEchoBun(listener, pools)
}

func serveStore(ctx context.Context, listener net.Listener, url string) error {
	if !strings.HasPrefix(url, "sqlite:") {
		store, err := newPgxStore(ctx, url)
		if err != nil {
			return err
		}
		return serveByHand(listener, store)
	}
	pools, err := openPools(url, "FULL")
	if err != nil {
		return err
	}
	store, err := newSQLiteStore(ctx, pools)
	if err != nil {
		return err
	}
	return serveByHand(listener, store)
}

// usage is what a server tells of itself.
type usage struct {
	Allocations uint64
	Resident    int64         // bytes
	Processor   time.Duration // that the process has used
}

// insides answers questions about the process, on a listener of its own so that the measured path stays as it is.
func insides() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/usage", func(w http.ResponseWriter, _ *http.Request) {
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		_ = json.NewEncoder(w).Encode(usage{Allocations: stats.Mallocs, Resident: resident(), Processor: processor()})
	})
	mux.HandleFunc("/profile", pprof.Profile)
	mux.Handle("/allocs", pprof.Handler("allocs"))
	return mux
}

// resident is the memory that the system gave to this process, or 0 where it does not tell.
func resident() int64 {
	file, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
			kib, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kib << 10
		}
	}
	return 0
}

// processor is the time that this process has kept processors busy.
func processor() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// server is a child process.
type server struct {
	variant variant
	addr    string
	inner   string
	cmd     *exec.Cmd
	started time.Duration // until the first answer
	begin   usage
}

// start runs a variant in a process of its own and waits for its first answer. The listener exists before the process, so that the
// first request waits in its queue and nothing is asked twice.
func start(ctx context.Context, v variant, url string) (*server, error) {
	files := make([]*os.File, 2)
	addrs := make([]string, 2)
	for i := range files {
		listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			return nil, err
		}
		defer listener.Close() //nolint:gocritic // the child has its own copies by then
		if files[i], err = listener.File(); err != nil {
			return nil, err
		}
		defer files[i].Close() //nolint:gocritic // as above
		addrs[i] = listener.Addr().String()
	}
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &server{variant: v, addr: addrs[0], inner: addrs[1]}
	s.cmd = exec.CommandContext(ctx, program, serveFlag, v.name, url)
	s.cmd.ExtraFiles, s.cmd.Stderr = files, os.Stderr
	begin := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	if err := s.first(ctx); err != nil {
		s.stop()
		return nil, err
	}
	s.started = time.Since(begin)
	s.begin, err = s.usage(ctx)
	return s, err
}

// first asks for one row.
func (s *server) first(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	conn, err := dial(ctx, s.addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	status, _, err := conn.do(getOne(s.variant, 1))
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("the first answer has the status %d", status)
	}
	return err
}

func (s *server) usage(ctx context.Context) (u usage, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.inner+"/usage", http.NoBody)
	if err != nil {
		return u, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return u, err
	}
	defer response.Body.Close()
	err = json.NewDecoder(response.Body).Decode(&u)
	return u, err
}

// stop ends the process and waits for it.
func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // already gone: nothing to end
	_ = s.cmd.Wait()
}
