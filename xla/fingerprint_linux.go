package xla

import (
	"fmt"
	"os"
	"syscall"
	"time"
)

// fingerprint identifies a file's content as long as nobody writes to it: device, inode, size, times of the last write
// and of the last change. "" if the system does not say.
func fingerprint(info os.FileInfo) string {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%d:%d:%d:%d.%09d:%d.%09d", s.Dev, s.Ino, s.Size, s.Mtim.Sec, s.Mtim.Nsec, s.Ctim.Sec, s.Ctim.Nsec)
}

// changed returns when the file's content or status changed last.
func changed(info os.FileInfo) time.Time {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return time.Unix(s.Ctim.Unix())
	}
	return info.ModTime()
}
