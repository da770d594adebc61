package api_test

import (
	"bytes"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// wire is the network between the program and its PostgreSQL, which a test may disturb.
type wire struct {
	listener net.Listener
	target   string
	group    sync.WaitGroup

	mu       sync.Mutex
	conns    map[net.Conn]bool
	closed   bool
	stalled  chan struct{} // not nil: nothing passes until it is closed
	losing   []byte        // an answer that contains it is lost, and its connection with it
	dropping []byte        // a request that contains it does not arrive, and its connection is lost
}

// newWire puts a wire in front of the server that url names, and returns the URL at this end.
func newWire(t *testing.T, url string) (*wire, string) {
	t.Helper()
	before, rest, ok := strings.Cut(url, "@")
	require.True(t, ok)
	host, after, _ := strings.Cut(rest, "/")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w := &wire{listener: listener, target: host, conns: map[net.Conn]bool{}}
	w.group.Go(w.serve)
	t.Cleanup(func() {
		w.unstall()
		listener.Close()
		w.mu.Lock()
		w.closed = true
		w.mu.Unlock()
		w.reset()
		w.group.Wait()
	})
	return w, before + "@" + listener.Addr().String() + "/" + after
}

func (w *wire) serve() {
	for {
		client, err := w.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", w.target)
		if err != nil {
			client.Close()
			continue
		}
		w.mu.Lock()
		w.conns[client], w.conns[server] = true, true
		closed := w.closed
		w.mu.Unlock()
		if closed {
			w.reset()
		}
		w.group.Go(func() { w.pass(server, client, func() []byte { return w.dropping }) })
		w.group.Go(func() { w.pass(client, server, func() []byte { return w.losing }) })
	}
}

// pass carries bytes from one end to the other until either is gone, or until they contain what is to be cut at.
func (w *wire) pass(to, from net.Conn, cutAt func() []byte) {
	defer w.drop(to, from)
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		w.mu.Lock()
		stalled, cut := w.stalled, cutAt()
		w.mu.Unlock()
		if stalled != nil {
			<-stalled
		}
		if cut != nil && bytes.Contains(bytes.ToLower(buf[:n]), cut) {
			return
		}
		if _, err := io.Copy(to, bytes.NewReader(buf[:n])); err != nil {
			return
		}
	}
}

func (w *wire) drop(conns ...net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range conns {
		c.Close()
		delete(w.conns, c)
	}
}

// reset breaks every connection with a TCP reset.
func (w *wire) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.conns {
		_ = c.(*net.TCPConn).SetLinger(0)
		c.Close()
	}
}

// stall keeps connections open, and accepts new ones, but lets nothing pass: so does a server that is stopped, or a network that
// swallows packets.
func (w *wire) stall() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stalled = make(chan struct{})
}

func (w *wire) unstall() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stalled != nil {
		close(w.stalled)
		w.stalled = nil
	}
}

// lose makes answers that contain the text vanish with their connection; drop does so with requests. "" lets all pass.
func (w *wire) lose(answer, request string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.losing, w.dropping = nil, nil
	if answer != "" {
		w.losing = []byte(answer)
	}
	if request != "" {
		w.dropping = []byte(request)
	}
}
