// A loop over tasks on the threads that XLA lends a call.

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "ffi.h"

typedef void task(void* with, int64_t index);

typedef struct {
	task* run;
	void* with;
	int64_t count;
	atomic_llong next, finished;
	atomic_int users;
} job;

static void leave(job* j) {
	if (atomic_fetch_sub(&j->users, 1) == 1) free(j);
}

// work takes tasks until none is left. One that starts late finds none, and touches nothing but the job.
static void work(job* j) {
	for (int64_t i; (i = atomic_fetch_add(&j->next, 1)) < j->count;) {
		j->run(j->with, i);
		atomic_fetch_add(&j->finished, 1);
	}
}

static void help(void* j) {
	work(j);
	leave(j);
}

// parallel runs the tasks 0 … count-1, in any order, and returns when all are done. Where a task writes must depend on its
// index alone, and not on the thread: so results do not depend on the number of threads.
static void parallel(XLA_FFI_CallFrame* frame, task* run, void* with, int64_t count) {
	int64_t threads = 1;
	XLA_FFI_ThreadPool_NumThreads_Args ask = {sizeof ask, NULL, frame->ctx, &threads};
	XLA_FFI_Error* problem = frame->api->XLA_FFI_ThreadPool_NumThreads(&ask);
	if (problem != NULL) {
		XLA_FFI_Error_Destroy_Args destroy = {sizeof destroy, NULL, problem};
		frame->api->XLA_FFI_Error_Destroy(&destroy);
		threads = 1;
	}
	if (threads > processors()) threads = processors();
	if (threads > count) threads = count;
	job* j = threads > 1 ? malloc(sizeof *j) : NULL;
	if (j == NULL) {
		for (int64_t i = 0; i < count; i++) run(with, i);
		return;
	}
	*j = (job){.run = run, .with = with, .count = count};
	atomic_init(&j->users, 1);
	for (int64_t t = 1; t < threads; t++) {
		atomic_fetch_add(&j->users, 1);
		XLA_FFI_ThreadPool_Schedule_Args schedule = {sizeof schedule, NULL, frame->ctx, help, j};
		problem = frame->api->XLA_FFI_ThreadPool_Schedule(&schedule);
		if (problem != NULL) { // this thread does its tasks
			XLA_FFI_Error_Destroy_Args destroy = {sizeof destroy, NULL, problem};
			frame->api->XLA_FFI_Error_Destroy(&destroy);
			leave(j);
		}
	}
	work(j);
	while (atomic_load(&j->finished) < count) sched_yield();
	leave(j);
}
