package data

import (
	"io"
	"os"
	"syscall"
)

// mapFile returns a file's first size bytes without reading them: the system reads the pages that are looked at, and all
// processes that map the file share them in memory. Who writes to the bytes gets a page of its own, and the file stays as it is.
// They are good until release, for the whole process if that is never called; a file system that maps no files is read instead.
// Files that may be mapped are replaced by renaming, never written to: a page cut off would kill the process.
func mapFile(f *os.File, size int) (raw []byte, release func(), err error) {
	raw, err = syscall.Mmap(int(f.Fd()), 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE)
	if err == nil {
		return raw, func() { syscall.Munmap(raw) }, nil
	}
	raw = make([]byte, size)
	_, err = io.ReadFull(io.NewSectionReader(f, 0, int64(size)), raw)
	return raw, func() {}, err
}
