// The part of XLA's foreign function interface (xla/ffi/api/c_api.h, version 0.1 and later) and of its PJRT extension
// (xla/pjrt/c/pjrt_c_api_ffi_extension.h) that our kernels use. Fields are only ever added at the end of these structures.

#ifndef JEMLAB_FFI_H
#define JEMLAB_FFI_H

#include <stddef.h>
#include <stdint.h>

typedef struct XLA_FFI_Error XLA_FFI_Error;
typedef struct XLA_FFI_ExecutionContext XLA_FFI_ExecutionContext;

typedef struct XLA_FFI_Extension_Base {
	size_t struct_size;
	int type; // XLA_FFI_Extension_Metadata
	struct XLA_FFI_Extension_Base* next;
} XLA_FFI_Extension_Base;

enum { XLA_FFI_Extension_Metadata = 1 };

typedef struct {
	size_t struct_size;
	XLA_FFI_Extension_Base* extension_start;
	int major_version, minor_version;
} XLA_FFI_Api_Version;

typedef struct {
	size_t struct_size;
	XLA_FFI_Api_Version api_version;
	uint32_t traits;
} XLA_FFI_Metadata;

typedef struct {
	XLA_FFI_Extension_Base extension_base;
	XLA_FFI_Metadata* metadata;
} XLA_FFI_Metadata_Extension;

enum { XLA_FFI_Error_Code_RESOURCE_EXHAUSTED = 8 };

typedef struct {
	size_t struct_size;
	XLA_FFI_Extension_Base* extension_start;
	const char* message;
	int errc;
} XLA_FFI_Error_Create_Args;

typedef struct {
	size_t struct_size;
	XLA_FFI_Extension_Base* extension_start;
	XLA_FFI_Error* error;
} XLA_FFI_Error_Destroy_Args;

typedef struct {
	size_t struct_size;
	XLA_FFI_Extension_Base* extension_start;
	XLA_FFI_ExecutionContext* ctx;
	void (*task)(void* data);
	void* data;
} XLA_FFI_ThreadPool_Schedule_Args;

typedef struct {
	size_t struct_size;
	XLA_FFI_Extension_Base* extension_start;
	XLA_FFI_ExecutionContext* ctx;
	int64_t* num_threads; // out
} XLA_FFI_ThreadPool_NumThreads_Args;

typedef struct {
	size_t struct_size;
	XLA_FFI_Extension_Base* extension_start;
	XLA_FFI_Api_Version api_version;
	const void* internal_api;
	XLA_FFI_Error* (*XLA_FFI_Error_Create)(XLA_FFI_Error_Create_Args*);
	void* XLA_FFI_Error_GetMessage;
	void (*XLA_FFI_Error_Destroy)(XLA_FFI_Error_Destroy_Args*);
	void *XLA_FFI_Handler_Register, *XLA_FFI_Stream_Get, *XLA_FFI_Type_Register, *XLA_FFI_ExecutionContext_Get;
	void *XLA_FFI_State_Set, *XLA_FFI_State_Get, *XLA_FFI_DeviceMemory_Allocate, *XLA_FFI_DeviceMemory_Free;
	XLA_FFI_Error* (*XLA_FFI_ThreadPool_Schedule)(XLA_FFI_ThreadPool_Schedule_Args*);
	XLA_FFI_Error* (*XLA_FFI_ThreadPool_NumThreads)(XLA_FFI_ThreadPool_NumThreads_Args*);
} XLA_FFI_Api;

typedef struct {
	size_t struct_size;
	XLA_FFI_Extension_Base* extension_start;
	int dtype;
	void* data;
	int64_t rank;
	int64_t* dims;
} XLA_FFI_Buffer;

typedef struct {
	size_t struct_size;
	XLA_FFI_Extension_Base* extension_start;
	int64_t size;
	int* types;
	void** args; // XLA_FFI_Buffer*
} XLA_FFI_Args;

typedef struct {
	const char* ptr;
	size_t len;
} XLA_FFI_ByteSpan;

typedef struct {
	int dtype;
	void* value;
} XLA_FFI_Scalar;

typedef struct {
	size_t struct_size;
	XLA_FFI_Extension_Base* extension_start;
	int64_t size;
	int* types;
	XLA_FFI_ByteSpan** names;
	void** attrs; // XLA_FFI_Scalar* where the type is a scalar
} XLA_FFI_Attrs;

enum { XLA_FFI_ExecutionStage_EXECUTE = 3 };

typedef struct {
	size_t struct_size;
	XLA_FFI_Extension_Base* extension_start;
	const XLA_FFI_Api* api;
	XLA_FFI_ExecutionContext* ctx;
	int stage;
	XLA_FFI_Args args, rets;
	XLA_FFI_Attrs attrs;
} XLA_FFI_CallFrame;

typedef XLA_FFI_Error* XLA_FFI_Handler(XLA_FFI_CallFrame* frame);

enum { PJRT_Extension_Type_FFI = 5 };

typedef struct PJRT_Extension_Base {
	size_t struct_size;
	int type;
	struct PJRT_Extension_Base* next;
} PJRT_Extension_Base;

typedef struct {
	size_t struct_size;
	const char* target_name;
	size_t target_name_size;
	XLA_FFI_Handler* handler;
	const char* platform_name;
	size_t platform_name_size;
	int traits;
} PJRT_FFI_Register_Handler_Args;

typedef struct {
	PJRT_Extension_Base base;
	void *type_register, *user_data_add;
	void* (*register_handler)(PJRT_FFI_Register_Handler_Args*); // returns a PJRT_Error, or NULL
} PJRT_FFI_Extension;

#endif
