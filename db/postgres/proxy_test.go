package postgres_test

import (
	"bytes"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// proxy passes connections on to a server and can cut them at a COMMIT.
type proxy struct {
	listener net.Listener
	target   string

	mu sync.Mutex
	// cut is what happens when a client sends COMMIT.
	cut   cutAt
	conns []net.Conn
	group sync.WaitGroup
}

type cutAt int

const (
	never cutAt = iota
	beforeCommit
	afterCommit // the server gets it, the client no answer
)

func newProxy(t *testing.T, target string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{listener: listener, target: target}
	p.group.Go(p.serve)
	t.Cleanup(func() {
		listener.Close()
		p.mu.Lock()
		for _, c := range p.conns {
			c.Close()
		}
		p.mu.Unlock()
		p.group.Wait()
	})
	return p
}

func (p *proxy) addr() string { return p.listener.Addr().String() }

func (p *proxy) set(cut cutAt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = cut
}

func (p *proxy) mode() cutAt {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cut
}

func (p *proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			client.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, client, server)
		p.mu.Unlock()
		p.group.Go(func() { p.requests(client, server) })
		p.group.Go(func() { p.answers(client, server) })
	}
}

// requests passes on what the client sends.
func (p *proxy) requests(client, server net.Conn) {
	defer server.Close()
	defer client.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		commit := bytes.Contains(bytes.ToLower(buf[:n]), []byte("commit\x00"))
		if commit && p.mode() == beforeCommit {
			return
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
		if commit && p.mode() == afterCommit {
			// The answer to the commit shows that it happened, and goes no further.
			_, _ = server.Read(buf)
			return
		}
	}
}

// answers passes on what the server sends, but not the answer to a commit that is to be lost.
func (p *proxy) answers(client, server net.Conn) {
	defer client.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := server.Read(buf)
		if err != nil {
			return
		}
		if p.mode() == afterCommit && bytes.Contains(buf[:n], []byte("COMMIT\x00")) {
			return
		}
		if _, err := io.Copy(client, bytes.NewReader(buf[:n])); err != nil {
			return
		}
	}
}
