"""The table of faults. Each is a file of its own; here is its one line."""

from bothends.world.faults.acknowledges_with import AcknowledgesWith
from bothends.world.faults.announces_less import AnnouncesLess
from bothends.world.faults.announces_more import AnnouncesMore
from bothends.world.faults.answers_after import AnswersAfter
from bothends.world.faults.answers_and_asks_to_wait import AnswersAndAsksToWait
from bothends.world.faults.answers_as import AnswersAs
from bothends.world.faults.answers_at_length import AnswersAtLength
from bothends.world.faults.answers_bomb import AnswersBomb
from bothends.world.faults.answers_deep import AnswersDeep
from bothends.world.faults.answers_error_as_success import AnswersErrorAsSuccess
from bothends.world.faults.answers_error_beside import AnswersErrorBeside
from bothends.world.faults.answers_garbage import AnswersGarbage
from bothends.world.faults.answers_gigabyte import AnswersGigabyte
from bothends.world.faults.answers_in_chunks import AnswersInChunks
from bothends.world.faults.answers_json import AnswersJson
from bothends.world.faults.answers_nothing import AnswersNothing
from bothends.world.faults.answers_over import AnswersOver
from bothends.world.faults.answers_page import AnswersPage
from bothends.world.faults.answers_status import AnswersStatus
from bothends.world.faults.answers_status_beside import AnswersStatusBeside
from bothends.world.faults.answers_the_same import AnswersTheSame
from bothends.world.faults.answers_without_length import AnswersWithoutLength
from bothends.world.faults.breaks_off import BreaksOff
from bothends.world.faults.closes import Closes
from bothends.world.faults.closes_idle import ClosesIdle
from bothends.world.faults.closes_kept import ClosesKept
from bothends.world.faults.fails_at_random import FailsAtRandom
from bothends.world.faults.fails_once import FailsOnce
from bothends.world.faults.fails_times import FailsTimes
from bothends.world.faults.fault import Fault
from bothends.world.faults.hangs import Hangs
from bothends.world.faults.ignores_connections import IgnoresConnections
from bothends.world.faults.loses_at_random import LosesAtRandom
from bothends.world.faults.malformed_chunk import MalformedChunk
from bothends.world.faults.redirects import Redirects
from bothends.world.faults.resets import Resets
from bothends.world.faults.resets_each_connection import ResetsEachConnection
from bothends.world.faults.resets_unread import ResetsUnread
from bothends.world.faults.says_otherwise import SaysOtherwise
from bothends.world.faults.sets_cookie import SetsCookie
from bothends.world.faults.speaks_no_http import SpeaksNoHttp
from bothends.world.faults.stalls_in_body import StallsInBody
from bothends.world.faults.stalls_in_head import StallsInHead
from bothends.world.faults.stores_and_answers import StoresAndAnswers
from bothends.world.faults.stores_and_closes import StoresAndCloses
from bothends.world.faults.stores_and_fails_once import StoresAndFailsOnce
from bothends.world.faults.stores_and_hangs import StoresAndHangs
from bothends.world.faults.stores_and_resets import StoresAndResets
from bothends.world.faults.stores_and_resets_once import StoresAndResetsOnce
from bothends.world.faults.unreachable import Unreachable
from bothends.world.faults.unreachable_for import UnreachableFor
from bothends.world.registry import Registry

FAULTS: Registry[type[Fault]] = Registry(
    "fault",
    lambda fault: fault.pattern,
    Unreachable,
    UnreachableFor,
    IgnoresConnections,
    ResetsEachConnection,
    ResetsUnread,
    Resets,
    Closes,
    ClosesIdle,
    ClosesKept,
    Hangs,
    StallsInHead,
    StallsInBody,
    AnswersTheSame,
    AnswersAfter,
    AnswersOver,
    AnswersAs,
    AnswersAtLength,
    AnswersInChunks,
    AnswersWithoutLength,
    SetsCookie,
    AnswersStatus,
    AnswersPage,
    AnswersNothing,
    AnswersJson,
    AnswersGarbage,
    AnswersErrorAsSuccess,
    AnswersErrorBeside,
    AnswersStatusBeside,
    AnswersAndAsksToWait,
    SaysOtherwise,
    Redirects,
    SpeaksNoHttp,
    MalformedChunk,
    BreaksOff,
    AnnouncesMore,
    AnnouncesLess,
    AnswersGigabyte,
    AnswersDeep,
    AnswersBomb,
    FailsOnce,
    FailsTimes,
    FailsAtRandom,
    LosesAtRandom,
    StoresAndAnswers,
    StoresAndResets,
    StoresAndResetsOnce,
    StoresAndCloses,
    StoresAndHangs,
    StoresAndFailsOnce,
    AcknowledgesWith,
)
