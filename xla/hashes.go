package xla

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"
)

// A hashed file: its SHA-256 and the fingerprint that it had when that was computed.
type hashed struct {
	Fingerprint string `json:"fingerprint"`
	SHA256      string `json:"sha256"`
}

// settled is the age from which a file's times can be trusted to show the next change.
var settled = 2 * time.Second

// hashesPath returns the file that keeps the hashes of plugins between processes. To hash 200 MB takes a quarter of a
// second, and each cell of a notebook is a process. An entry holds as long as the file's device, inode, size,
// modification time and status-change time stand; the last one the kernel sets at every write, rename and chmod, and no
// program can set it back. Who can write to this cache can change the program's sources next to it as well.
func hashesPath(root string) string { return filepath.Join(root, ".cache", "xla", "hashes.json") }

func readHashes(root string) map[string]hashed {
	all := map[string]hashed{}
	text, err := os.ReadFile(hashesPath(root))
	if err != nil || json.Unmarshal(text, &all) != nil || all == nil {
		return map[string]hashed{} // no cache, or a damaged one: hash anew
	}
	return all
}

// lookUp returns the hash of a file that has not changed since it was computed.
func lookUp(root, path string, info os.FileInfo) (string, bool) {
	mark := fingerprint(info)
	if root == "" || mark == "" {
		return "", false
	}
	entry, ok := readHashes(root)[path]
	return entry.SHA256, ok && entry.Fingerprint == mark
}

// remember keeps a hash, unless the file is so young that a change within the clock's resolution would not show. It
// does nothing if the cache cannot be written: the next process hashes again.
func remember(root, path string, info os.FileInfo, sum string) {
	mark := fingerprint(info)
	if root == "" || mark == "" || time.Since(changed(info)) < settled {
		return
	}
	all := readHashes(root)
	if all[path] == (hashed{mark, sum}) {
		return
	}
	for old := range all {
		if !isFile(old) {
			delete(all, old)
		}
	}
	all[path] = hashed{mark, sum}
	text, err := json.MarshalIndent(all, "", "\t")
	if err != nil {
		return
	}
	target := hashesPath(root)
	if os.MkdirAll(filepath.Dir(target), 0o755) != nil {
		return
	}
	temporary, err := os.CreateTemp(filepath.Dir(target), ".hashes-*")
	if err != nil {
		return
	}
	_, err = temporary.Write(text)
	if closing := temporary.Close(); err != nil || closing != nil || os.Rename(temporary.Name(), target) != nil {
		os.Remove(temporary.Name())
	}
}
