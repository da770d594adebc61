package sqlite

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// disk is a virtual file system over the real one. It counts what happens to write-ahead logs and fails on command.
type disk struct {
	name    string
	writes  atomic.Int64 // of write-ahead logs
	syncs   atomic.Int64 // of write-ahead logs, completed
	dirty   atomic.Bool  // written since the last sync
	failure atomic.Int32 // the result code of every write and sync of a write-ahead log, or 0

	once sync.Once

	open    uintptr // the real xOpen
	methods uintptr // ours, in SQLite's memory
	real    lib.Tsqlite3_io_methods
}

// disks finds a disk from C: by the file's methods, or by the virtual file system's own data.
var disks atomic.Pointer[[]*disk]

// newDisk registers a disk under a name for Config.vfs, for as long as the process lives.
func newDisk(t testing.TB) *disk {
	t.Helper()
	tls := libc.NewTLS()
	t.Cleanup(tls.Close)
	require.Zero(t, lib.Xsqlite3_initialize(tls))
	d := &disk{methods: lib.Xsqlite3_malloc64(tls, uint64(unsafe.Sizeof(lib.Tsqlite3_io_methods{})))}
	for {
		old := disks.Load()
		list := []*disk{d}
		if old != nil {
			list = append(append([]*disk{}, *old...), d)
		}
		d.name = fmt.Sprintf("disk%d", len(list)-1)
		if disks.CompareAndSwap(old, &list) {
			break
		}
	}
	base := (*lib.Tsqlite3_vfs)(pointer(lib.Xsqlite3_vfs_find(tls, 0)))
	p := lib.Xsqlite3_malloc64(tls, uint64(unsafe.Sizeof(*base)))
	own := (*lib.Tsqlite3_vfs)(pointer(p))
	*own = *base
	var name buffer
	d.open = base.FxOpen
	own.FzName = name.set(tls, d.name)
	own.FxOpen = cFunction(diskOpen)
	require.Zero(t, lib.Xsqlite3_vfs_register(tls, p, 0))
	t.Cleanup(func() { lib.Xsqlite3_vfs_unregister(tls, p) })
	return d
}

func diskNamed(vfs uintptr) *disk {
	name := libc.GoString((*lib.Tsqlite3_vfs)(pointer(vfs)).FzName)
	for _, d := range *disks.Load() {
		if d.name == name {
			return d
		}
	}
	return nil
}

func diskOf(file uintptr) *disk {
	methods := (*lib.Tsqlite3_file)(pointer(file)).FpMethods
	for _, d := range *disks.Load() {
		if d.methods == methods {
			return d
		}
	}
	return nil
}

func as[F any](p uintptr) F { return *(*F)(unsafe.Pointer(&struct{ p uintptr }{p})) }

func diskOpen(tls *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32 {
	d := diskNamed(vfs)
	open := as[func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32](d.open)
	rc := open(tls, vfs, name, file, flags, out)
	if rc == lib.SQLITE_OK && strings.HasSuffix(libc.GoString(name), "-wal") {
		f := (*lib.Tsqlite3_file)(pointer(file))
		d.once.Do(func() {
			d.real = *(*lib.Tsqlite3_io_methods)(pointer(f.FpMethods))
			ours := (*lib.Tsqlite3_io_methods)(pointer(d.methods))
			*ours = d.real
			ours.FxWrite = cFunction(diskWrite)
			ours.FxSync = cFunction(diskSync)
		})
		f.FpMethods = d.methods
	}
	return rc
}

func diskWrite(tls *libc.TLS, file, data uintptr, n int32, offset int64) int32 {
	d := diskOf(file)
	if rc := d.failure.Load(); rc != 0 {
		return rc
	}
	d.writes.Add(1)
	d.dirty.Store(true)
	write := as[func(*libc.TLS, uintptr, uintptr, int32, int64) int32](d.real.FxWrite)
	return write(tls, file, data, n, offset)
}

func diskSync(tls *libc.TLS, file uintptr, flags int32) int32 {
	d := diskOf(file)
	if rc := d.failure.Load(); rc != 0 {
		return rc
	}
	sync := as[func(*libc.TLS, uintptr, int32) int32](d.real.FxSync)
	rc := sync(tls, file, flags)
	d.dirty.Store(false)
	d.syncs.Add(1)
	return rc
}
