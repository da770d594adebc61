package sqlite

import (
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// SQLite here is C translated to Go: its memory is not the garbage collector's, and its pointers are plain numbers. This file is
// where numbers become Go pointers.

// pointer turns an address in SQLite's memory, or that of a pinned Go value, into a pointer.
func pointer(p uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&p)) }

func loadPointer(p uintptr) uintptr { return *(*uintptr)(pointer(p)) }

// view shows n bytes at p without copying them.
func view(p uintptr, n int) []byte {
	if p == 0 || n <= 0 {
		return nil
	}
	return unsafe.Slice((*byte)(pointer(p)), n)
}

// cFunction is the address by which translated C calls a Go function. f must be a declared function, not a closure.
func cFunction[T any](f T) uintptr {
	return *(*uintptr)(unsafe.Pointer(&struct{ f T }{f}))
}

// pointerSize is the size of an address in SQLite's memory.
const pointerSize = unsafe.Sizeof(uintptr(0))

// keepBytes is the most that a buffer keeps between uses.
const keepBytes = 64 << 10

// buffer is a piece of SQLite's memory that is used again and again.
type buffer struct {
	p    uintptr
	size int
}

// reserve makes room for n bytes; what the buffer held is lost. It returns 0 when there is no memory.
func (b *buffer) reserve(tls *libc.TLS, n int) uintptr {
	if n <= b.size && (b.size <= keepBytes || n > keepBytes) {
		return b.p
	}
	b.free(tls)
	size := max(n, 256)
	if b.p = lib.Xsqlite3_malloc64(tls, uint64(size)); b.p != 0 {
		b.size = size
	}
	return b.p
}

// set stores s with a NUL behind it.
func (b *buffer) set(tls *libc.TLS, s string) uintptr {
	p := b.reserve(tls, len(s)+1)
	if p != 0 {
		room := view(p, len(s)+1)
		copy(room, s)
		room[len(s)] = 0
	}
	return p
}

func (b *buffer) free(tls *libc.TLS) {
	if b.p != 0 {
		lib.Xsqlite3_free(tls, b.p)
	}
	b.p, b.size = 0, 0
}
