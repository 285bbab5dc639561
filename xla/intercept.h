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
