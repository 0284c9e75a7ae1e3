// SPDX-License-Identifier: Apache-2.0
#include "stages/media/parts.hpp"

void weir_media_parts(weir::MediaParts& parts) {
  parts = {weir::open_gst_video_file,    weir::make_gst_live_feed,     weir::create_gst_h264_file,
           weir::start_gst_rtsp_server,  weir::make_cv_annotator,      weir::make_gst_intra_encoder,
           weir::make_gst_intra_decoder, weir::make_gst_stream_encoder};
}
