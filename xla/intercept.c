#include "intercept.h"

#include <stdlib.h>
#include <string.h>

#include "_cgo_export.h"

enum { most = 4 }; // plugins

static const pjrt_table* plugins[most];

typedef void* call(void* args);

static void* ask(int index, int at, void* args) { return ((call*)plugins[index]->functions[at])(args); }

static void forget(int index, void* error) {
	pjrt_error_destroy args = {sizeof args, NULL, error};
	if (error != NULL) ask(index, at_error_destroy, &args);
}

// The table's functions do not say to which plugin they belong, so each plugin has one of its own.
#define COMPILE(N) static void* compile##N(void* args) { return intercepted(N, args); }
COMPILE(0) COMPILE(1) COMPILE(2) COMPILE(3)
static call* const compilers[most] = {compile0, compile1, compile2, compile3};

const pjrt_table* intercept(const pjrt_table* api, int* index) {
	static int count;
	if (count == most || api->struct_size < offsetof(pjrt_table, functions) + (at_executable_deserialize_and_load + 1) * sizeof(void*)) return NULL;
	pjrt_table* copy = malloc(api->struct_size);
	if (copy == NULL) return NULL;
	memcpy(copy, api, api->struct_size);
	*index = count;
	plugins[count] = api;
	copy->functions[at_client_compile] = compilers[count++];
	return copy;
}

void* compile_as(int index, pjrt_compile* args, char* program, size_t size) {
	pjrt_program other = *args->program;
	other.code = program;
	other.code_size = size;
	pjrt_compile with = *args;
	with.program = &other;
	void* error = ask(index, at_client_compile, &with);
	args->executable = with.executable;
	return error;
}

char* serialize(int index, void* loaded_executable, size_t* size) {
	pjrt_get_executable get = {sizeof get, NULL, loaded_executable};
	void* error = ask(index, at_loaded_executable_get_executable, &get);
	if (error != NULL) {
		forget(index, error);
		return NULL;
	}
	pjrt_serialize out = {sizeof out, NULL, get.executable};
	error = ask(index, at_executable_serialize, &out);
	char* copy = NULL;
	if (error == NULL) {
		copy = malloc(out.serialized_bytes_size);
		if (copy != NULL) memcpy(copy, out.serialized_bytes, out.serialized_bytes_size);
		*size = out.serialized_bytes_size;
		if (out.serialized_executable_deleter != NULL) out.serialized_executable_deleter(out.serialized_executable);
	}
	forget(index, error);
	pjrt_executable_destroy destroy = {sizeof destroy, NULL, get.executable};
	forget(index, ask(index, at_executable_destroy, &destroy));
	return copy;
}

void* deserialize(int index, void* client, const char* bytes, size_t size) {
	pjrt_deserialize args = {sizeof args, NULL, client, bytes, size};
	void* error = ask(index, at_executable_deserialize_and_load, &args);
	forget(index, error);
	return error == NULL ? args.loaded_executable : NULL;
}
