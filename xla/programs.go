package xla

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// programs are compiled programs that a plugin wrote down, kept as files so that the next process need not compile them.
//
// XLA does not check what it is given: an executable of another build of the plugin runs, and returns zeros. So the name of
// an entry is a hash of everything that the executable depends on, the entry repeats it, and holds a hash of its own bytes.
// An entry in which anything differs is deleted and compiled anew. All methods do nothing on nil and where a file
// cannot be read or written.
type programs struct {
	dir     string
	machine []byte // what all keys begin with
	limit   int64  // bytes of all entries
}

// programsVariable chooses the folder of the compiled programs, or says "off". They are code: whoever can write to the folder
// can make this program do anything, as with the sources.
const programsVariable = "JEMLAB_COMPILE_CACHE"

// programsLimit bounds the folder: when it is full, the entries go that were not used for the longest time.
const programsLimit = 512 << 20

// openPrograms returns the programs of a plugin in the folder that JEMLAB_COMPILE_CACHE names, else in root's
// .cache/xla/programs. It returns nil if the variable says "off", if there is no root, or if machine is nil. Where nothing can be
// written it returns a note for the reader too; what is there is still used.
func openPrograms(machine []byte, root string) (p *programs, note string) {
	dir := os.Getenv(programsVariable)
	if dir == "" && root != "" {
		dir = filepath.Join(root, ".cache", "xla", "programs")
	}
	if dir == "off" || dir == "" || machine == nil {
		return nil, ""
	}
	if absolute, err := filepath.Abs(dir); err == nil {
		dir = absolute // a process may change its folder
	}
	p = &programs{dir: dir, machine: machine, limit: programsLimit}
	file, err := p.temporary()
	if err != nil {
		return p, fmt.Sprintf("compiled programs are not kept (%s=off ends this note): %v", programsVariable, err)
	}
	file.Close()
	os.Remove(file.Name())
	return p, ""
}

// machine returns a hash of what a compiled program depends on beside itself: the plugin with the hash sum, the processor, and
// XLA_FLAGS, which the plugin reads once, when its first client is made. It returns nil for no plugin, and if the flags ask
// for a dump of what the compiler does.
func machine(sum string) []byte {
	flags := os.Getenv(flagsVariable)
	if !isFlags(flags) {
		text, _ := os.ReadFile(strings.TrimSpace(flags))
		flags = string(text)
	}
	if sum == "" || strings.Contains(flags, "xla_dump") {
		return nil
	}
	h := sha256.New()
	for _, part := range []string{"1", sum, runtime.GOOS, runtime.GOARCH, strconv.Itoa(runtime.NumCPU()), processor(), flags} {
		writePart(h.Write, []byte(part))
	}
	return h.Sum(nil)
}

// processor describes the instruction set, for which XLA compiles.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	first, _, _ := strings.Cut(string(text), "\n\n")
	var lines []string
	for line := range strings.Lines(first) {
		name, value, _ := strings.Cut(line, ":")
		switch strings.TrimSpace(name) {
		case "vendor_id", "cpu family", "model", "stepping", "flags", "Features", "CPU implementer", "CPU part", "CPU variant":
			lines = append(lines, strings.TrimSpace(value))
		}
	}
	return strings.Join(lines, "\n")
}

// writePart writes a part of a hashed message with its length, so that no two lists of parts make one message.
func writePart(write func([]byte) (int, error), part []byte) {
	var size [8]byte
	binary.LittleEndian.PutUint64(size[:], uint64(len(part)))
	_, _ = write(size[:])
	_, _ = write(part)
}

// programKey identifies a compiled program.
type programKey [sha256.Size]byte

// key returns the key of a program in a format with the options of the compilation.
func (p *programs) key(format string, program, options []byte) programKey {
	if p == nil {
		return programKey{}
	}
	h := sha256.New()
	for _, part := range [][]byte{p.machine, []byte(format), program, options} {
		writePart(h.Write, part)
	}
	return programKey(h.Sum(nil))
}

// An entry is the magic, the key, the SHA-256 of the executable, and the executable.
const (
	programMagic = "jemlab program 1"
	programHead  = len(programMagic) + 2*sha256.Size
)

// encodeProgram returns the entry of an executable.
func encodeProgram(key programKey, executable []byte) []byte {
	sum := sha256.Sum256(executable)
	return slices.Concat([]byte(programMagic), key[:], sum[:], executable)
}

// decodeProgram returns the executable of an entry, or false if it is not the entry of the key, whole.
func decodeProgram(key programKey, entry []byte) ([]byte, bool) {
	if len(entry) <= programHead || !bytes.HasPrefix(entry, []byte(programMagic)) {
		return nil, false
	}
	executable := entry[programHead:]
	sum := sha256.Sum256(executable)
	return executable, bytes.Equal(entry[len(programMagic):programHead], slices.Concat(key[:], sum[:]))
}

func (p *programs) path(key programKey) string {
	return filepath.Join(p.dir, hex.EncodeToString(key[:]))
}

// load returns the executable that was stored under key.
func (p *programs) load(key programKey) ([]byte, bool) {
	if p == nil {
		return nil, false
	}
	entry, err := os.ReadFile(p.path(key))
	if err != nil {
		return nil, false
	}
	executable, ok := decodeProgram(key, entry)
	if !ok {
		p.drop(key)
		return nil, false
	}
	now := time.Now()
	_ = os.Chtimes(p.path(key), now, now) // it was used
	return executable, true
}

// drop removes an entry.
func (p *programs) drop(key programKey) { _ = os.Remove(p.path(key)) }

// store keeps an executable under key. Others see all of the entry or nothing of it.
func (p *programs) store(key programKey, executable []byte) {
	if len(executable) == 0 || int64(len(executable)) > p.limit/4 {
		return
	}
	file, err := p.temporary()
	if err != nil {
		return
	}
	_, err = file.Write(encodeProgram(key, executable))
	if closed := file.Close(); err != nil || closed != nil || os.Rename(file.Name(), p.path(key)) != nil {
		_ = os.Remove(file.Name())
		return
	}
	p.evict()
}

// temporaryProgram names files that are being written; a day later they belong to a process that died.
const temporaryProgram = "writing-*"

// temporary makes a file that store writes to.
func (p *programs) temporary() (*os.File, error) {
	if err := os.MkdirAll(p.dir, 0o755); err != nil {
		return nil, err
	}
	return os.CreateTemp(p.dir, temporaryProgram)
}

// evict deletes the entries that were not used for the longest time until the others fit.
func (p *programs) evict() {
	files, err := os.ReadDir(p.dir)
	if err != nil {
		return
	}
	var entries []fs.FileInfo
	var total int64
	for _, f := range files {
		info, err := f.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		if stale, _ := filepath.Match(temporaryProgram, f.Name()); stale {
			if time.Since(info.ModTime()) > 24*time.Hour {
				_ = os.Remove(filepath.Join(p.dir, f.Name()))
			}
			continue
		}
		if len(f.Name()) == 2*sha256.Size { // nothing of someone else's
			entries, total = append(entries, info), total+info.Size()
		}
	}
	slices.SortFunc(entries, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, info := range entries {
		if total <= p.limit {
			return
		}
		if os.Remove(filepath.Join(p.dir, info.Name())) == nil {
			total -= info.Size()
		}
	}
}
