// The part of the PJRT interface (pjrt_c_api.h, version 0 of any minor number) that is put between go-xla and a plugin.
// Fields are only ever added at the end of these structures.

#ifndef JEMLAB_INTERCEPT_H
#define JEMLAB_INTERCEPT_H

#include <stddef.h>
#include <stdint.h>

// Places in the table of functions, counted from the first.
enum {
	at_error_destroy = 0,
	at_client_compile = 20,
	at_executable_destroy = 40,
	at_executable_serialize = 49,
	at_loaded_executable_get_executable = 51,
	at_executable_deserialize_and_load = 56,
};

typedef struct {
	size_t struct_size;
	void* extension_start;
	size_t version_size;
	void* version_extension_start;
	int major, minor;
	void* functions[];
} pjrt_table;

typedef struct {
	size_t struct_size;
	void* extension_start;
	char* code;
	size_t code_size;
	const char* format;
	size_t format_size;
} pjrt_program;

typedef struct {
	size_t struct_size;
	void *extension_start, *client;
	const pjrt_program* program;
	const char* compile_options;
	size_t compile_options_size;
	void* executable; // out
} pjrt_compile;

typedef struct {
	size_t struct_size;
	void *extension_start, *error;
} pjrt_error_destroy;

typedef struct {
	size_t struct_size;
	void *extension_start, *loaded_executable;
	void* executable; // out
} pjrt_get_executable;

typedef struct {
	size_t struct_size;
	void *extension_start, *executable;
	const char* serialized_bytes;   // out, as the next three
	size_t serialized_bytes_size;
	void* serialized_executable;    // owns the bytes
	void (*serialized_executable_deleter)(void* serialized_executable);
} pjrt_serialize;

typedef struct {
	size_t struct_size;
	void *extension_start, *executable;
} pjrt_executable_destroy;

typedef struct {
	size_t struct_size;
	void *extension_start, *client;
	const char* serialized_executable;
	size_t serialized_executable_size;
	void* loaded_executable; // out
	const char* overridden_serialized_compile_options; // NULL: those of the compilation
	size_t overridden_serialized_compile_options_size;
} pjrt_deserialize;

// intercept returns a copy of a plugin's table in which intercepted() compiles, or NULL if it cannot: the table is an old
// and short one, or too many plugins were loaded. *index is the number by which intercepted() and the functions below know
// the plugin.
const pjrt_table* intercept(const pjrt_table* api, int* index);

// compile_as compiles program, of size bytes, with all else as args say. It returns the plugin's error or NULL.
void* compile_as(int index, pjrt_compile* args, char* program, size_t size);

// serialize returns a copy of a compiled executable's bytes, to be freed, or NULL.
char* serialize(int index, void* loaded_executable, size_t* size);

// deserialize makes an executable of serialize's bytes, or returns NULL.
void* deserialize(int index, void* client, const char* bytes, size_t size);

#endif
